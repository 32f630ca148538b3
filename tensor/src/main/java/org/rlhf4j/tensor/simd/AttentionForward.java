package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.AttentionTile.QUERIES;

import java.util.Arrays;

/**
 * out = softmax(scale q k^T) v for one row of the batch and one key-value head at a time, {@link
 * AttentionTile#QUERIES} queries together. Keys and values are copied once for all query heads of
 * the group, from the first visible one on, so that padding is never read:
 *
 * <pre>
 *               queries                          elements
 *          | | |  q^T                     - - -   values
 *    k     +-+-+                          - - -
 *   keys   | | |  scores, softmax   --->  turned as they are: scores^T values
 *          +-+-+  over each column
 * </pre>
 *
 * Of the keys between the first and the last query of a tile a query is given those after it with
 * weight 0; only a value that is infinite or NaN could be told from the reference there.
 */
final class AttentionForward {
  private final AttentionSizes sizes;
  private final float[] q;
  private final float[] k;
  private final float[] v;
  private final float scale;
  private final float[] out;
  private final float[] lse;
  private final int width;
  private final float[] turnedKeys;
  private final float[] copiedValues;
  private final float[] turnedQueries;
  private final float[] tile;
  private final float[] mixed;
  private final float[] maximum;
  private final float[] sum;

  AttentionForward(
      AttentionSizes sizes,
      float[] q,
      float[] k,
      float[] v,
      float scale,
      float[] out,
      float[] lse,
      Scratch scratch) {
    this.sizes = sizes;
    this.q = q;
    this.k = k;
    this.v = v;
    this.scale = scale;
    this.out = out;
    this.lse = lse;
    int keys = AttentionTile.whole(sizes.mostKeys());
    width = AttentionTile.padded(sizes.headDim());
    turnedKeys = scratch.floats(0, sizes.headDim() * AttentionTile.pitch(sizes.mostKeys()));
    copiedValues = scratch.floats(1, keys * width);
    turnedQueries = scratch.floats(2, sizes.headDim() * QUERIES);
    tile = scratch.floats(3, keys * QUERIES);
    mixed = scratch.floats(4, QUERIES * width);
    maximum = scratch.floats(5, QUERIES);
    sum = scratch.floats(6, QUERIES);
  }

  void run(int b, int g) {
    int keys = sizes.keys(b);
    int headDim = sizes.headDim();
    if (keys > 0) {
      int first = sizes.key(b, 0, g);
      int row = sizes.keyStride();
      AttentionTile.turn(k, first, row, keys, headDim, turnedKeys, AttentionTile.pitch(keys));
      if (width != headDim) {
        AttentionTile.copy(v, first, row, keys, headDim, copiedValues, width);
      }
    }
    for (int h = g * sizes.group(); h < (g + 1) * sizes.group(); h++) {
      for (int t = 0; t < sizes.firstQuery(b); t++) {
        int row = sizes.query(b, t, h);
        Arrays.fill(out, row, row + headDim, 0);
        lse[sizes.statistic(b, h, t)] = Float.NEGATIVE_INFINITY;
      }
      for (int t = sizes.firstQuery(b); t < sizes.time(); t += QUERIES) {
        tile(b, g, h, t);
      }
    }
  }

  private void tile(int b, int g, int h, int t) {
    int headDim = sizes.headDim();
    int queries = Math.min(QUERIES, sizes.time() - t);
    int newest = sizes.positions().of(b, t);
    int keys = newest + queries;
    int first = sizes.query(b, t, h);
    int stride = sizes.heads() * headDim;
    AttentionTile.turn(q, first, stride, queries, headDim, turnedQueries, QUERIES);
    AttentionTile.multiply(
        keys,
        QUERIES,
        headDim,
        turnedKeys,
        AttentionTile.pitch(sizes.keys(b)),
        turnedQueries,
        0,
        QUERIES,
        tile,
        QUERIES,
        false);
    AttentionTile.softmax(tile, keys, scale, newest, maximum, sum);
    boolean inPlace = width == headDim;
    AttentionTile.multiply(
        queries,
        width,
        keys,
        tile,
        QUERIES,
        inPlace ? v : copiedValues,
        inPlace ? sizes.key(b, 0, g) : 0,
        inPlace ? sizes.keyStride() : width,
        mixed,
        width,
        false);
    for (int j = 0; j < queries; j++) {
      lse[sizes.statistic(b, h, t + j)] = (float) (maximum[j] + Math.log(sum[j]));
      float factor = sum[j] == 0 ? 0 : 1 / sum[j];
      AttentionTile.scale(mixed, j * width, factor, out, first + j * stride, headDim);
    }
  }
}
