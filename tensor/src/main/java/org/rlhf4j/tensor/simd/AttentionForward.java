package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.AttentionTile.QUERIES;

import java.util.Arrays;
import org.rlhf4j.tensor.simd.Gemm.Matrix;

/**
 * out = softmax(scale q k^T) v for one row of the batch and one key-value head at a time, {@link
 * AttentionTile#QUERIES} queries together. Keys and values are packed once for all query heads of
 * the group, from the first visible one on, so that padding is never read. Of the keys between the
 * first and the last query of a tile a query is given those after it with weight 0; only a value
 * that is infinite or NaN could be told from the reference there.
 */
final class AttentionForward {
  private final AttentionSizes sizes;
  private final float[] q;
  private final float[] k;
  private final float[] v;
  private final float scale;
  private final float[] out;
  private final float[] lse;
  private final float[] keyPanels;
  private final float[] valuePanels;
  private final float[] queryPanel;
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
    int keys = AttentionTile.panelled(sizes.mostKeys());
    int headDim = AttentionTile.panelled(sizes.headDim());
    keyPanels = scratch.floats(0, keys * sizes.headDim());
    valuePanels = scratch.floats(1, headDim * sizes.mostKeys());
    queryPanel = scratch.floats(2, sizes.headDim() * QUERIES);
    tile = scratch.floats(3, keys * QUERIES);
    mixed = scratch.floats(4, headDim * QUERIES);
    maximum = scratch.floats(5, QUERIES);
    sum = scratch.floats(6, QUERIES);
  }

  void run(int b, int g) {
    int keys = sizes.keys(b);
    int headDim = sizes.headDim();
    if (keys > 0) {
      int first = sizes.key(b, 0, g);
      Matrix ofKeys = new Matrix(k, first, sizes.keyStride(), 1);
      Matrix ofValues = new Matrix(v, first, sizes.keyStride(), 1);
      GemmPanels.packAllRows(ofKeys, keys, headDim, keyPanels);
      GemmPanels.packAllRows(ofValues.turned(), headDim, keys, valuePanels);
    }
    for (int h = g * sizes.group(); h < (g + 1) * sizes.group(); h++) {
      for (int t = 0; t < sizes.firstQuery(b); t++) {
        int row = sizes.query(b, t, h);
        Arrays.fill(out, row, row + headDim, 0);
        lse[sizes.statistic(b, h, t)] = Float.NEGATIVE_INFINITY;
      }
      for (int t = sizes.firstQuery(b); t < sizes.time(); t += QUERIES) {
        tile(b, h, t, keys);
      }
    }
  }

  private void tile(int b, int h, int t, int allKeys) {
    int headDim = sizes.headDim();
    int queries = Math.min(QUERIES, sizes.time() - t);
    int newest = sizes.positions().of(b, t);
    int keys = newest + queries;
    int stride = sizes.heads() * headDim;
    Matrix transposed = new Matrix(q, sizes.query(b, 0, h), 1, stride);
    GemmPanels.packColumns(transposed, t, sizes.time(), 0, headDim, queryPanel, 0);
    AttentionTile.multiply(keys, headDim, keyPanels, GemmTile.ROWS * headDim, queryPanel, tile);
    AttentionTile.softmax(tile, keys, scale, newest, maximum, sum);
    AttentionTile.multiply(headDim, keys, valuePanels, GemmTile.ROWS * allKeys, tile, mixed);
    for (int j = 0; j < queries; j++) {
      lse[sizes.statistic(b, h, t + j)] = (float) (maximum[j] + Math.log(sum[j]));
      float factor = sum[j] == 0 ? 0 : 1 / sum[j];
      int row = sizes.query(b, t + j, h);
      for (int d = 0; d < headDim; d++) {
        out[row + d] = factor * mixed[d * QUERIES + j];
      }
    }
  }
}
