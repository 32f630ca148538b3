package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The loops of {@link AttentionCached} over the blocks of a head, from index {@code first}. All
 * columns up to {@code end}, a multiple of two blocks, take part.
 */
final class CachedLoops {
  /** Whether the sums of two queries fit into the vector registers. */
  static final boolean PAIRS = GemmTile.ROWS == 12;

  private static final float NOTHING = Float.NEGATIVE_INFINITY;

  private CachedLoops() {}

  /** scores[s] = scale sum_d q[d] k[d, s], two vectors at a time. */
  static void scores(
      int headDim,
      float scale,
      float[] q,
      int row,
      float[] k,
      int first,
      int end,
      float[] scores,
      int to) {
    int block = headDim * LANES;
    for (int s = 0, i = first; s < end; s += 2 * LANES, i += 2 * block) {
      FloatVector s0 = FloatVector.zero(F);
      FloatVector s1 = FloatVector.zero(F);
      for (int d = 0; d < headDim; d++) {
        FloatVector element = FloatVector.broadcast(F, q[row + d]);
        s0 = element.fma(FloatVector.fromArray(F, k, i + d * LANES), s0);
        s1 = element.fma(FloatVector.fromArray(F, k, i + block + d * LANES), s1);
      }
      s0.mul(scale).intoArray(scores, to + s);
      s1.mul(scale).intoArray(scores, to + s + LANES);
    }
  }

  /** The same for two queries, which share the loads of keys. */
  static void scoresOfTwo(
      int headDim,
      float scale,
      float[] q,
      int row,
      int nextRow,
      float[] k,
      int first,
      int end,
      float[] scores,
      int to,
      int nextTo) {
    int block = headDim * LANES;
    for (int s = 0, i = first; s < end; s += 2 * LANES, i += 2 * block) {
      FloatVector s0 = FloatVector.zero(F);
      FloatVector s1 = FloatVector.zero(F);
      FloatVector t0 = FloatVector.zero(F);
      FloatVector t1 = FloatVector.zero(F);
      for (int d = 0; d < headDim; d++) {
        FloatVector k0 = FloatVector.fromArray(F, k, i + d * LANES);
        FloatVector k1 = FloatVector.fromArray(F, k, i + block + d * LANES);
        FloatVector element = FloatVector.broadcast(F, q[row + d]);
        s0 = element.lanewise(VectorOperators.FMA, k0, s0);
        s1 = element.lanewise(VectorOperators.FMA, k1, s1);
        FloatVector next = FloatVector.broadcast(F, q[nextRow + d]);
        t0 = next.lanewise(VectorOperators.FMA, k0, t0);
        t1 = next.lanewise(VectorOperators.FMA, k1, t1);
      }
      s0.mul(scale).intoArray(scores, to + s);
      s1.mul(scale).intoArray(scores, to + s + LANES);
      t0.mul(scale).intoArray(scores, nextTo + s);
      t1.mul(scale).intoArray(scores, nextTo + s + LANES);
    }
  }

  /** {@return the largest score, or 0 if all are -inf} */
  static float shift(float[] scores, int first, int n) {
    FloatVector largest = FloatVector.broadcast(F, NOTHING);
    for (int s = 0; s < n; s += LANES) {
      FloatVector score = FloatVector.fromArray(F, scores, first + s);
      largest = largest.blend(score, score.compare(VectorOperators.GT, largest));
    }
    float max = largest.reduceLanes(VectorOperators.MAX);
    return max == NOTHING ? 0 : max;
  }

  /** Replaces scores by exp(score - shift), whose sum, still a vector, goes to {@code sums}. */
  static void weights(float[] scores, int first, int n, float shift, float[] sums, int to) {
    FloatVector sum = FloatVector.zero(F);
    for (int s = 0; s < n; s += LANES) {
      FloatVector weight =
          VectorMath.expOfNegative(FloatVector.fromArray(F, scores, first + s).sub(shift));
      weight.intoArray(scores, first + s);
      sum = sum.add(weight);
    }
    sum.intoArray(sums, to);
  }

  /**
   * sums[d] = weights v[d] of the first block for eight elements, a vector each; what stands in
   * hidden columns is not read.
   */
  static void beginEight(
      float[] weights, int iw, int hidden, float[] v, int first, float[] sums, int to) {
    VectorMask<Float> visible = F.indexInRange(0, hidden).not();
    FloatVector weight = FloatVector.fromArray(F, weights, iw);
    for (int i = 0; i < 8 * LANES; i += LANES) {
      weight.mul(FloatVector.fromArray(F, v, first + i, visible)).intoArray(sums, to + i);
    }
  }

  /** sums[d] += sum_s weights[s] v[d, s] over the blocks after the first, still a vector each. */
  static void mixEight(
      int headDim, float[] weights, int iw, int end, float[] v, int first, float[] sums) {
    FloatVector s0 = FloatVector.fromArray(F, sums, 0);
    FloatVector s1 = FloatVector.fromArray(F, sums, LANES);
    FloatVector s2 = FloatVector.fromArray(F, sums, 2 * LANES);
    FloatVector s3 = FloatVector.fromArray(F, sums, 3 * LANES);
    FloatVector s4 = FloatVector.fromArray(F, sums, 4 * LANES);
    FloatVector s5 = FloatVector.fromArray(F, sums, 5 * LANES);
    FloatVector s6 = FloatVector.fromArray(F, sums, 6 * LANES);
    FloatVector s7 = FloatVector.fromArray(F, sums, 7 * LANES);
    int i = first + headDim * LANES;
    for (int s = LANES; s < end; s += LANES, i += headDim * LANES) {
      FloatVector weight = FloatVector.fromArray(F, weights, iw + s);
      s0 = weight.lanewise(VectorOperators.FMA, FloatVector.fromArray(F, v, i), s0);
      s1 = weight.lanewise(VectorOperators.FMA, FloatVector.fromArray(F, v, i + LANES), s1);
      s2 = weight.lanewise(VectorOperators.FMA, FloatVector.fromArray(F, v, i + 2 * LANES), s2);
      s3 = weight.lanewise(VectorOperators.FMA, FloatVector.fromArray(F, v, i + 3 * LANES), s3);
      s4 = weight.lanewise(VectorOperators.FMA, FloatVector.fromArray(F, v, i + 4 * LANES), s4);
      s5 = weight.lanewise(VectorOperators.FMA, FloatVector.fromArray(F, v, i + 5 * LANES), s5);
      s6 = weight.lanewise(VectorOperators.FMA, FloatVector.fromArray(F, v, i + 6 * LANES), s6);
      s7 = weight.lanewise(VectorOperators.FMA, FloatVector.fromArray(F, v, i + 7 * LANES), s7);
    }
    s0.intoArray(sums, 0);
    s1.intoArray(sums, LANES);
    s2.intoArray(sums, 2 * LANES);
    s3.intoArray(sums, 3 * LANES);
    s4.intoArray(sums, 4 * LANES);
    s5.intoArray(sums, 5 * LANES);
    s6.intoArray(sums, 6 * LANES);
    s7.intoArray(sums, 7 * LANES);
  }

  /** The same for two queries, which share the loads of values; the sums of the second follow. */
  static void mixEightOfTwo(
      int headDim, float[] weights, int iw, int in, int end, float[] v, int first, float[] sums) {
    FloatVector s0 = FloatVector.fromArray(F, sums, 0);
    FloatVector s1 = FloatVector.fromArray(F, sums, LANES);
    FloatVector s2 = FloatVector.fromArray(F, sums, 2 * LANES);
    FloatVector s3 = FloatVector.fromArray(F, sums, 3 * LANES);
    FloatVector s4 = FloatVector.fromArray(F, sums, 4 * LANES);
    FloatVector s5 = FloatVector.fromArray(F, sums, 5 * LANES);
    FloatVector s6 = FloatVector.fromArray(F, sums, 6 * LANES);
    FloatVector s7 = FloatVector.fromArray(F, sums, 7 * LANES);
    FloatVector t0 = FloatVector.fromArray(F, sums, 8 * LANES);
    FloatVector t1 = FloatVector.fromArray(F, sums, 9 * LANES);
    FloatVector t2 = FloatVector.fromArray(F, sums, 10 * LANES);
    FloatVector t3 = FloatVector.fromArray(F, sums, 11 * LANES);
    FloatVector t4 = FloatVector.fromArray(F, sums, 12 * LANES);
    FloatVector t5 = FloatVector.fromArray(F, sums, 13 * LANES);
    FloatVector t6 = FloatVector.fromArray(F, sums, 14 * LANES);
    FloatVector t7 = FloatVector.fromArray(F, sums, 15 * LANES);
    int i = first + headDim * LANES;
    for (int s = LANES; s < end; s += LANES, i += headDim * LANES) {
      FloatVector weight = FloatVector.fromArray(F, weights, iw + s);
      FloatVector next = FloatVector.fromArray(F, weights, in + s);
      FloatVector v0 = FloatVector.fromArray(F, v, i);
      s0 = weight.lanewise(VectorOperators.FMA, v0, s0);
      t0 = next.lanewise(VectorOperators.FMA, v0, t0);
      FloatVector v1 = FloatVector.fromArray(F, v, i + LANES);
      s1 = weight.lanewise(VectorOperators.FMA, v1, s1);
      t1 = next.lanewise(VectorOperators.FMA, v1, t1);
      FloatVector v2 = FloatVector.fromArray(F, v, i + 2 * LANES);
      s2 = weight.lanewise(VectorOperators.FMA, v2, s2);
      t2 = next.lanewise(VectorOperators.FMA, v2, t2);
      FloatVector v3 = FloatVector.fromArray(F, v, i + 3 * LANES);
      s3 = weight.lanewise(VectorOperators.FMA, v3, s3);
      t3 = next.lanewise(VectorOperators.FMA, v3, t3);
      FloatVector v4 = FloatVector.fromArray(F, v, i + 4 * LANES);
      s4 = weight.lanewise(VectorOperators.FMA, v4, s4);
      t4 = next.lanewise(VectorOperators.FMA, v4, t4);
      FloatVector v5 = FloatVector.fromArray(F, v, i + 5 * LANES);
      s5 = weight.lanewise(VectorOperators.FMA, v5, s5);
      t5 = next.lanewise(VectorOperators.FMA, v5, t5);
      FloatVector v6 = FloatVector.fromArray(F, v, i + 6 * LANES);
      s6 = weight.lanewise(VectorOperators.FMA, v6, s6);
      t6 = next.lanewise(VectorOperators.FMA, v6, t6);
      FloatVector v7 = FloatVector.fromArray(F, v, i + 7 * LANES);
      s7 = weight.lanewise(VectorOperators.FMA, v7, s7);
      t7 = next.lanewise(VectorOperators.FMA, v7, t7);
    }
    s0.intoArray(sums, 0);
    s1.intoArray(sums, LANES);
    s2.intoArray(sums, 2 * LANES);
    s3.intoArray(sums, 3 * LANES);
    s4.intoArray(sums, 4 * LANES);
    s5.intoArray(sums, 5 * LANES);
    s6.intoArray(sums, 6 * LANES);
    s7.intoArray(sums, 7 * LANES);
    t0.intoArray(sums, 8 * LANES);
    t1.intoArray(sums, 9 * LANES);
    t2.intoArray(sums, 10 * LANES);
    t3.intoArray(sums, 11 * LANES);
    t4.intoArray(sums, 12 * LANES);
    t5.intoArray(sums, 13 * LANES);
    t6.intoArray(sums, 14 * LANES);
    t7.intoArray(sums, 15 * LANES);
  }

  /** The same for one, summed. */
  static float mixOne(
      int headDim, float[] weights, int iw, int hidden, int end, float[] v, int first) {
    FloatVector sum =
        FloatVector.fromArray(F, weights, iw)
            .mul(FloatVector.fromArray(F, v, first, F.indexInRange(0, hidden).not()));
    int i = first + headDim * LANES;
    for (int s = LANES; s < end; s += LANES, i += headDim * LANES) {
      sum = FloatVector.fromArray(F, weights, iw + s).fma(FloatVector.fromArray(F, v, i), sum);
    }
    return Lanes.sum(sum);
  }
}
