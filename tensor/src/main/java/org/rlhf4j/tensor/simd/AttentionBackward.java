package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.AttentionTile.QUERIES;

import java.util.Arrays;
import org.rlhf4j.tensor.simd.Gemm.Matrix;

/**
 * The gradients of {@link AttentionForward}. For each tile of queries, with p = softmax(scale q
 * k^T) from the saved logsumexp and D = sum_d dout out per query:
 *
 * <pre>
 * dp = v dout^T         ds = scale p (dp - D)
 * dq += k^T ds          dk += ds q          dv += p dout
 * </pre>
 *
 * Each product is a {@link GemmTile}; p and ds are turned for the last two, whose sums run over
 * queries.
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
  private final float[] keyPanels;
  private final float[] valuePanels;
  private final float[] turnedKeyPanels;
  private final float[] queryPanel;
  private final float[] doutPanel;
  private final float[] p;
  private final float[] ds;
  private final float[] dqTile;
  private final float[] turned;
  private final float[] right;
  private final float[] dkSum;
  private final float[] dvSum;
  private final float[] lse;
  private final float[] total;

  AttentionBackward(
      AttentionSizes sizes, float scale, Saved saved, Gradients gradients, Scratch scratch) {
    this.sizes = sizes;
    this.scale = scale;
    this.saved = saved;
    this.gradients = gradients;
    int headDim = sizes.headDim();
    int keys = AttentionTile.panelled(sizes.mostKeys());
    width = Math.ceilDiv(headDim, GemmTile.COLUMNS) * GemmTile.COLUMNS;
    keyPanels = scratch.floats(0, keys * headDim);
    valuePanels = scratch.floats(1, keys * headDim);
    turnedKeyPanels = scratch.floats(2, AttentionTile.panelled(headDim) * sizes.mostKeys());
    queryPanel = scratch.floats(3, headDim * QUERIES);
    doutPanel = scratch.floats(4, headDim * QUERIES);
    p = scratch.floats(5, keys * QUERIES);
    ds = scratch.floats(6, keys * QUERIES);
    dqTile = scratch.floats(7, AttentionTile.panelled(headDim) * QUERIES);
    right = scratch.floats(8, QUERIES * width);
    dkSum = scratch.floats(9, keys * width);
    dvSum = scratch.floats(10, keys * width);
    turned = scratch.floats(11, GemmTile.ROWS * QUERIES);
    lse = scratch.floats(12, QUERIES);
    total = scratch.floats(13, QUERIES);
  }

  void run(int b, int g) {
    int keys = sizes.keys(b);
    if (keys == 0) {
      return;
    }
    int headDim = sizes.headDim();
    int stride = sizes.keyValueHeads() * headDim;
    int first = sizes.key(b, 0, g);
    GemmPanels.packAllRows(new Matrix(saved.k, first, stride, 1), keys, headDim, keyPanels);
    GemmPanels.packAllRows(new Matrix(saved.v, first, stride, 1), keys, headDim, valuePanels);
    GemmPanels.packAllRows(new Matrix(saved.k, first, 1, stride), headDim, keys, turnedKeyPanels);
    Arrays.fill(dkSum, 0, AttentionTile.panelled(keys) * width, 0);
    Arrays.fill(dvSum, 0, AttentionTile.panelled(keys) * width, 0);
    for (int h = g * sizes.group(); h < (g + 1) * sizes.group(); h++) {
      for (int t = sizes.firstQuery(b); t < sizes.time(); t += QUERIES) {
        tile(b, h, t, keys);
      }
    }
    for (int s = 0; s < keys; s++) {
      int row = sizes.key(b, s, g);
      SimdElementLoops.addScaled(dkSum, s * width, 1, gradients.dk, row, headDim);
      SimdElementLoops.addScaled(dvSum, s * width, 1, gradients.dv, row, headDim);
    }
  }

  private void tile(int b, int h, int t, int allKeys) {
    int headDim = sizes.headDim();
    int queries = Math.min(QUERIES, sizes.time() - t);
    int newest = sizes.positions().of(b, t);
    int keys = newest + queries;
    for (int j = 0; j < queries; j++) {
      int row = sizes.query(b, t + j, h);
      lse[j] = saved.lse[sizes.statistic(b, h, t + j)];
      total[j] = Dots.dot(headDim, gradients.dout, row, saved.out, row);
    }
    int stride = sizes.heads() * headDim;
    int first = sizes.query(b, t, h);
    int step = GemmTile.ROWS * headDim;
    GemmPanels.packColumns(
        new Matrix(saved.q, first, 1, stride), 0, queries, 0, headDim, queryPanel, 0);
    GemmPanels.packColumns(
        new Matrix(gradients.dout, first, 1, stride), 0, queries, 0, headDim, doutPanel, 0);
    AttentionTile.multiply(keys, headDim, keyPanels, step, queryPanel, p);
    AttentionTile.probabilities(p, keys, scale, newest, lse);
    AttentionTile.multiply(keys, headDim, valuePanels, step, doutPanel, ds);
    AttentionTile.scoreGradients(p, keys, scale, total, ds);
    AttentionTile.multiply(headDim, keys, turnedKeyPanels, GemmTile.ROWS * allKeys, ds, dqTile);
    for (int j = 0; j < queries; j++) {
      int row = first + j * stride;
      for (int d = 0; d < headDim; d++) {
        gradients.dq[row + d] += dqTile[d * QUERIES + j];
      }
    }
    addOverQueries(p, keys, queries, new Matrix(gradients.dout, first, stride, 1), dvSum);
    addOverQueries(ds, keys, queries, new Matrix(saved.q, first, stride, 1), dkSum);
  }

  /** sums[s, d] += sum_j tile[s, j] x[j, d]. */
  private void addOverQueries(float[] tile, int keys, int queries, Matrix x, float[] sums) {
    int headDim = sizes.headDim();
    for (int d = 0; d < headDim; d += GemmTile.COLUMNS) {
      GemmPanels.packColumns(x, d, headDim, 0, queries, right, d * queries);
    }
    Matrix rows = new Matrix(tile, 0, QUERIES, 1);
    for (int s = 0; s < keys; s += GemmTile.ROWS) {
      GemmPanels.packRows(rows, s, keys, 0, queries, turned, 0);
      for (int d = 0; d < headDim; d += GemmTile.COLUMNS) {
        int count = Math.min(GemmTile.ROWS, keys - s);
        GemmTile.run(
            count,
            queries,
            turned,
            0,
            right,
            d * queries,
            GemmTile.COLUMNS,
            sums,
            s * width + d,
            width,
            true);
      }
    }
  }
}
