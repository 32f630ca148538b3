package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.AttentionTile.QUERIES;

import java.util.Arrays;

/**
 * The gradients of {@link AttentionForward}. For each tile of queries, with p = softmax(scale q
 * k^T) from the saved logsumexp and D = sum_d dout out per query:
 *
 * <pre>
 * dp = dout v^T         ds = scale p (dp - D)
 * dq += ds k            dk += ds^T q        dv += p^T dout
 * </pre>
 *
 * Queries of a tile lie downwards and keys in the lanes, so that p and ds are, as they lie, the
 * turned left operands of dv and dk; only for dq is ds turned.
 */
final class AttentionBackward {
  /** What the forward pass read and wrote. */
  record Saved(float[] q, float[] k, float[] v, float[] out, float[] lse) {}

  /** The gradient that comes in, and those that are added into. */
  record Gradients(float[] dout, float[] dq, float[] dk, float[] dv) {}

  private final AttentionSizes sizes;
  private final float scale;
  private final Saved saved;
  private final Gradients gradients;
  private final int width;
  private final float[] turnedKeys;
  private final float[] turnedValues;
  private final float[] keyRows;
  private final float[] turnedQueries;
  private final float[] turnedDout;
  private final float[] queryRows;
  private final float[] doutRows;
  private final float[] p;
  private final float[] ds;
  private final float[] turnedDs;
  private final float[] dqRows;
  private final float[] dkSum;
  private final float[] dvSum;
  private final float[] lse = new float[QUERIES];
  private final float[] total = new float[QUERIES];

  AttentionBackward(
      AttentionSizes sizes, float scale, Saved saved, Gradients gradients, Scratch scratch) {
    this.sizes = sizes;
    this.scale = scale;
    this.saved = saved;
    this.gradients = gradients;
    int headDim = sizes.headDim();
    int pitch = AttentionTile.pitch(sizes.mostKeys());
    width = AttentionTile.padded(headDim);
    turnedKeys = scratch.floats(0, headDim * pitch);
    turnedValues = scratch.floats(1, headDim * pitch);
    keyRows = scratch.floats(2, pitch * width);
    turnedQueries = scratch.floats(3, headDim * QUERIES);
    turnedDout = scratch.floats(4, headDim * QUERIES);
    queryRows = scratch.floats(5, QUERIES * width);
    doutRows = scratch.floats(6, QUERIES * width);
    p = scratch.floats(7, QUERIES * pitch);
    ds = scratch.floats(8, QUERIES * pitch);
    turnedDs = scratch.floats(9, pitch * QUERIES);
    dqRows = scratch.floats(10, QUERIES * width);
    dkSum = scratch.floats(11, pitch * width);
    dvSum = scratch.floats(12, pitch * width);
  }

  void run(int b, int g) {
    int keys = sizes.keys(b);
    if (keys == 0) {
      return;
    }
    int headDim = sizes.headDim();
    int stride = sizes.keyStride();
    int first = sizes.key(b, 0, g);
    int pitch = AttentionTile.pitch(keys);
    AttentionTile.turn(saved.k, first, stride, keys, headDim, turnedKeys, pitch);
    AttentionTile.turn(saved.v, first, stride, keys, headDim, turnedValues, pitch);
    if (width != headDim) {
      AttentionTile.copy(saved.k, first, stride, keys, headDim, keyRows, width);
    }
    Arrays.fill(dkSum, 0, AttentionTile.whole(keys) * width, 0);
    Arrays.fill(dvSum, 0, AttentionTile.whole(keys) * width, 0);
    for (int h = g * sizes.group(); h < (g + 1) * sizes.group(); h++) {
      for (int t = sizes.firstQuery(b); t < sizes.time(); t += QUERIES) {
        tile(b, g, h, t);
      }
    }
    for (int s = 0; s < keys; s++) {
      int row = sizes.key(b, s, g);
      SimdElementLoops.addScaled(dkSum, s * width, 1, gradients.dk, row, headDim);
      SimdElementLoops.addScaled(dvSum, s * width, 1, gradients.dv, row, headDim);
    }
  }

  private void tile(int b, int g, int h, int t) {
    int headDim = sizes.headDim();
    int queries = Math.min(QUERIES, sizes.time() - t);
    int newest = sizes.positions().of(b, t);
    int keys = newest + queries;
    int span = AttentionTile.whole(keys);
    int first = sizes.query(b, t, h);
    int stride = sizes.heads() * headDim;
    // queries that are none have p = exp(-inf) = 0
    Arrays.fill(lse, queries, QUERIES, Float.POSITIVE_INFINITY);
    Arrays.fill(total, queries, QUERIES, 0);
    for (int j = 0; j < queries; j++) {
      int row = first + j * stride;
      lse[j] = saved.lse[sizes.statistic(b, h, t + j)];
      total[j] = Dots.dot(headDim, gradients.dout, row, saved.out, row);
    }
    AttentionTile.turn(saved.q, first, stride, queries, headDim, turnedQueries, QUERIES);
    AttentionTile.turn(gradients.dout, first, stride, queries, headDim, turnedDout, QUERIES);
    int pitch = AttentionTile.pitch(sizes.keys(b));
    AttentionTile.multiply(
        QUERIES, span, headDim, turnedQueries, QUERIES, turnedKeys, 0, pitch, p, pitch, false);
    AttentionTile.probabilities(p, pitch, span, scale, newest, lse);
    AttentionTile.multiply(
        QUERIES, span, headDim, turnedDout, QUERIES, turnedValues, 0, pitch, ds, pitch, false);
    AttentionTile.scoreGradients(p, pitch, span, scale, total, ds);
    GemmPanels.turn(ds, 0, pitch, QUERIES, span, turnedDs, 0, QUERIES);

    boolean inPlace = width == headDim;
    if (!inPlace) {
      AttentionTile.copy(saved.q, first, stride, queries, headDim, queryRows, width);
      AttentionTile.copy(gradients.dout, first, stride, queries, headDim, doutRows, width);
    }
    float[] k = inPlace ? saved.k : keyRows;
    float[] q = inPlace ? saved.q : queryRows;
    float[] dout = inPlace ? gradients.dout : doutRows;
    int ik = inPlace ? sizes.key(b, 0, g) : 0;
    int iq = inPlace ? first : 0;
    int keyStep = inPlace ? sizes.keyStride() : width;
    int step = inPlace ? stride : width;
    AttentionTile.multiply(
        QUERIES, width, keys, turnedDs, QUERIES, k, ik, keyStep, dqRows, width, false);
    AttentionTile.multiply(span, width, queries, p, pitch, dout, iq, step, dvSum, width, true);
    AttentionTile.multiply(span, width, queries, ds, pitch, q, iq, step, dkSum, width, true);
    for (int j = 0; j < queries; j++) {
      SimdElementLoops.addScaled(dqRows, j * width, 1, gradients.dq, first + j * stride, headDim);
    }
  }
}
