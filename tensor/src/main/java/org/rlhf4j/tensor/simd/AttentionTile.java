package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * What the forward and the backward of attention share: tiles of scores, in the layout that spares
 * the product after them from turning a tile. Forward, keys lie downwards and queries in the lanes,
 * so that the softmax over keys needs no sum across lanes either. Backward, where the sum of a row
 * is known, queries lie downwards and keys in the lanes.
 */
final class AttentionTile {
  /** Queries of a tile: whole vectors and whole {@link RowTile}s. */
  static final int QUERIES = Math.max(LANES, RowTile.ROWS);

  private static final float NOTHING = Float.NEGATIVE_INFINITY;
  private static final FloatVector LANE = FloatVector.zero(F).addIndex(1);

  private AttentionTile() {}

  /** {@return room for so many keys, or queries, in whole tiles} */
  static int whole(int count) {
    return Math.ceilDiv(count, QUERIES) * QUERIES;
  }

  /**
   * {@return how far the elements of turned rows lie apart} An odd number of tiles: where the
   * distance is a power of two, all elements of a key share a few sets of the L1 cache.
   */
  static int pitch(int count) {
    return (Math.ceilDiv(count, QUERIES) | 1) * QUERIES;
  }

  /** {@return room for the elements of a head in whole vectors} */
  static int padded(int headDim) {
    return Math.ceilDiv(headDim, LANES) * LANES;
  }

  /**
   * y[d, r] = x[r, d] for r below count, and 0 up to the next whole tile.
   *
   * @param row from a row of x to the next
   * @param pitch from an element of y to the next
   */
  static void turn(float[] x, int first, int row, int count, int headDim, float[] y, int pitch) {
    GemmPanels.turn(x, first, row, count, headDim, y, 0, pitch);
    int end = whole(count);
    for (int d = 0; count < end && d < headDim; d++) {
      Arrays.fill(y, d * pitch + count, d * pitch + end, 0);
    }
  }

  /** Copies rows of {@code length}, {@code from} apart in x and {@code to} apart in y. */
  static void copy(float[] x, int first, int from, int rows, int length, float[] y, int to) {
    for (int r = 0; r < rows; r++) {
      System.arraycopy(x, first + r * from, y, r * to, length);
    }
  }

  /**
   * c[i, j] = sum_p a[p, i] b[p, j], or that added to c, for whole tiles of rows and vectors of
   * columns.
   *
   * @param a steps {@code along} apart
   * @param b from index {@code ib}, steps {@code step} apart
   * @param c rows {@code stride} apart
   */
  static void multiply(
      int rows,
      int columns,
      int depth,
      float[] a,
      int along,
      float[] b,
      int ib,
      int step,
      float[] c,
      int stride,
      boolean add) {
    for (int i = 0; i < rows; i += RowTile.ROWS) {
      for (int j = 0; j < columns; j += LANES) {
        RowTile.run(depth, a, i, along, b, ib + j, step, c, i * stride + j, stride, add);
      }
    }
  }

  /**
   * Scales the scores {@code [keys, QUERIES]}, hides key s from lane j unless {@code s <= newest +
   * j}, replaces the scores by exp(score - max) and gives each lane's maximum and sum.
   *
   * @param newest the last key that the query in lane 0 sees
   */
  static void softmax(
      float[] tile, int keys, float scale, int newest, float[] maximum, float[] sum) {
    for (int lane = 0; lane < QUERIES; lane += LANES) {
      FloatVector max = FloatVector.broadcast(F, NOTHING);
      int seen = Math.min(keys, newest + lane + 1);
      for (int s = 0; s < seen; s++) {
        int i = s * QUERIES + lane;
        FloatVector score = FloatVector.fromArray(F, tile, i).mul(scale);
        score.intoArray(tile, i);
        max = max.blend(score, score.compare(VectorOperators.GT, max));
      }
      for (int s = seen; s < keys; s++) {
        int i = s * QUERIES + lane;
        FloatVector score = FloatVector.fromArray(F, tile, i).mul(scale);
        score = score.blend(NOTHING, LANE.compare(VectorOperators.LT, (float) (s - seen + 1)));
        score.intoArray(tile, i);
        max = max.blend(score, score.compare(VectorOperators.GT, max));
      }
      // scores that are all -inf: sum 0, not NaN
      max = max.blend(0f, max.compare(VectorOperators.EQ, NOTHING));
      FloatVector total = FloatVector.zero(F);
      for (int s = 0; s < keys; s++) {
        int i = s * QUERIES + lane;
        FloatVector e = VectorMath.expOfNegative(FloatVector.fromArray(F, tile, i).sub(max));
        e.intoArray(tile, i);
        total = total.add(e);
      }
      max.intoArray(maximum, lane);
      total.intoArray(sum, lane);
    }
  }

  /**
   * Replaces the scores {@code [QUERIES, keys]} by probabilities exp(scale score - lse), 0 where
   * hidden: where s is above {@code newest + j} for row j.
   *
   * @param pitch from a row to the next
   */
  static void probabilities(
      float[] tile, int pitch, int keys, float scale, int newest, float[] lse) {
    FloatVector slope = FloatVector.broadcast(F, scale);
    for (int j = 0; j < QUERIES; j++) {
      FloatVector normalizer = FloatVector.broadcast(F, -lse[j]);
      for (int i = j * pitch; i < j * pitch + keys; i += LANES) {
        FloatVector score = FloatVector.fromArray(F, tile, i);
        VectorMath.expOfNegative(score.fma(slope, normalizer)).intoArray(tile, i);
      }
    }
    for (int j = 0; j < QUERIES; j++) {
      int seen = newest + j + 1;
      for (int s = Math.max(0, seen / LANES * LANES); s < keys; s += LANES) {
        int i = j * pitch + s;
        FloatVector p = FloatVector.fromArray(F, tile, i);
        p.blend(0f, LANE.compare(VectorOperators.GE, (float) (seen - s))).intoArray(tile, i);
      }
    }
  }

  /** dscores[j, s] = scale p[j, s] (dscores[j, s] - total[j]). */
  static void scoreGradients(
      float[] p, int pitch, int keys, float scale, float[] total, float[] dscores) {
    for (int j = 0; j < QUERIES; j++) {
      FloatVector sum = FloatVector.broadcast(F, total[j]);
      for (int i = j * pitch; i < j * pitch + keys; i += LANES) {
        FloatVector probability = FloatVector.fromArray(F, p, i).mul(scale);
        FloatVector ds = FloatVector.fromArray(F, dscores, i).sub(sum).mul(probability);
        ds.intoArray(dscores, i);
      }
    }
  }

  /** y[iy + d] = factor x[ix + d] for d below n; x has room for whole vectors. */
  static void scale(float[] x, int ix, float factor, float[] y, int iy, int n) {
    int d = 0;
    for (; d <= n - LANES; d += LANES) {
      FloatVector.fromArray(F, x, ix + d).mul(factor).intoArray(y, iy + d);
    }
    if (d < n) {
      VectorMask<Float> rest = F.indexInRange(d, n);
      FloatVector.fromArray(F, x, ix + d).mul(factor).intoArray(y, iy + d, rest);
    }
  }
}
