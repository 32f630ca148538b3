package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.rlhf4j.tensor.Shape;

/**
 * Attention of a few queries over a cache, as in generation: a query at a time, a vector of columns
 * at a time. For that a cache holds the columns innermost, {@code [batch, keyValueHeads, headDim,
 * keyTime]}:
 *
 * <pre>
 *              columns, from the first that is no padding
 *   key        k[0] | | | | | | | | . .     scores = sum_d q[d] k[d], vectors of sums
 *   elements   k[1] | | | | | | | | . .     weights = softmax(scores), 0 beyond the last column
 *              ...                          out[d] = sum weights v[d]
 * </pre>
 *
 * <p>Loads are whole: beyond the last column they read columns of the same row that are still zero,
 * or the room that {@link #cacheShape} leaves. Only a value that is infinite or NaN could be told
 * from the reference there.
 */
final class AttentionCached {
  private final AttentionSizes sizes;
  private final float[] q;
  private final float[] k;
  private final float[] v;
  private final float scale;
  private final float[] out;
  private final float[] scores;

  AttentionCached(
      AttentionSizes sizes,
      float[] q,
      float[] k,
      float[] v,
      float scale,
      float[] out,
      Scratch scratch) {
    this.sizes = sizes;
    this.q = q;
    this.k = k;
    this.v = v;
    this.scale = scale;
    this.out = out;
    scores = scratch.floats(0, sizes.mostKeys() + 2 * LANES);
  }

  /**
   * {@return the layout of a cache for {@code [batch, keyTime, keyValueHeads, headDim]}}
   *
   * <p>Room for two vectors more, and an odd number of vectors: rows whose distance is a power of
   * two would share a few sets of the L1 cache.
   */
  static Shape cacheShape(Shape columns) {
    int vectors = Math.ceilDiv(columns.dim(1), LANES) + 2 | 1;
    return Shape.of(columns.dim(0), columns.dim(2), columns.dim(3), vectors * LANES);
  }

  /** All queries of row b that read key-value head g. */
  void run(int b, int g) {
    for (int h = g * sizes.group(); h < (g + 1) * sizes.group(); h++) {
      for (int t = 0; t < sizes.time(); t++) {
        run(sizes.query(b, t, h), sizes.key(b, 0, g), sizes.positions().of(b, t) + 1);
      }
    }
  }

  /**
   * One query.
   *
   * @param row where it begins
   * @param first where the first visible column of keys and values begins
   * @param keys how many columns it sees
   */
  private void run(int row, int first, int keys) {
    int headDim = sizes.headDim();
    if (keys <= 0) {
      Arrays.fill(out, row, row + headDim, 0);
      return;
    }
    int end = Math.ceilDiv(keys, 2 * LANES) * 2 * LANES;
    scores(row, first, end);
    Arrays.fill(scores, keys, end, Float.NEGATIVE_INFINITY);
    RowLoops.softmax(scores, 0, end, scores);
    int stride = sizes.elementStride();
    Dots.rows(headDim, end, scores, 0, v, first, stride, out, row, 1, false);
  }

  /** scores[s] = scale sum_d q[d] k[d, s], two vectors at a time. */
  private void scores(int row, int first, int end) {
    for (int s = 0; s < end; s += 2 * LANES) {
      FloatVector s0 = FloatVector.zero(F);
      FloatVector s1 = FloatVector.zero(F);
      int i = first + s;
      for (int d = 0; d < sizes.headDim(); d++, i += sizes.elementStride()) {
        FloatVector element = FloatVector.broadcast(F, scale * q[row + d]);
        s0 = key(i).fma(element, s0);
        s1 = key(i + LANES).fma(element, s1);
      }
      s0.intoArray(scores, s);
      s1.intoArray(scores, s + LANES);
    }
  }

  private FloatVector key(int i) {
    return FloatVector.fromArray(F, k, i);
  }
}
