package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Attention of a few queries, as in generation: keys and values are read where they are. */
final class AttentionFew {
  private final AttentionSizes sizes;
  private final float[] q;
  private final float[] k;
  private final float[] v;
  private final float scale;
  private final float[] out;
  private final float[] lse;
  private final float[] scores;

  AttentionFew(
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
    scores = scratch.floats(0, sizes.mostKeys() + LANES);
  }

  /** All queries of row b that read key-value head g. */
  void run(int b, int g) {
    for (int h = g * sizes.group(); h < (g + 1) * sizes.group(); h++) {
      for (int t = 0; t < sizes.time(); t++) {
        run(b, g, h, t);
      }
    }
  }

  private void run(int b, int g, int h, int t) {
    int headDim = sizes.headDim();
    int row = sizes.query(b, t, h);
    int keys = sizes.positions().of(b, t) + 1;
    if (keys <= 0) {
      lse[sizes.statistic(b, h, t)] = Float.NEGATIVE_INFINITY;
      Arrays.fill(out, row, row + headDim, 0);
      return;
    }
    int stride = sizes.keyValueHeads() * headDim;
    int first = sizes.key(b, 0, g);
    int s = 0;
    for (; s <= keys - 4; s += 4) {
      Dots.four(headDim, q, row, k, first + s * stride, stride, scores, s, 1, false);
    }
    for (; s < keys; s++) {
      scores[s] = Dots.dot(headDim, q, row, k, first + s * stride);
    }
    SimdElementLoops.affine(scores, scale, 0, scores, 0, keys);
    Arrays.fill(scores, keys, F.loopBound(keys + LANES - 1), Float.NEGATIVE_INFINITY);
    float max = max(keys);
    float shift = max == Float.NEGATIVE_INFINITY ? 0 : max; // all are: their sum is 0, not NaN
    float sum = exponentials(keys, shift);
    lse[sizes.statistic(b, h, t)] = (float) (shift + Math.log(sum));
    float share = sum == 0 ? 0 : 1 / sum;
    for (int d = 0; d < headDim; d += LANES) {
      mix(keys, share, first + d, stride, row + d, Math.min(LANES, headDim - d));
    }
  }

  private float max(int keys) {
    FloatVector max = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
    for (int s = 0; s < keys; s += LANES) {
      max = max.max(FloatVector.fromArray(F, scores, s));
    }
    return max.reduceLanes(VectorOperators.MAX);
  }

  /** Puts exp(score - shift) in the place of each score. {@return their sum} */
  private float exponentials(int keys, float shift) {
    FloatVector sum = FloatVector.zero(F);
    for (int s = 0; s < keys; s += LANES) {
      FloatVector e = VectorMath.exp(FloatVector.fromArray(F, scores, s).sub(shift));
      e.intoArray(scores, s);
      sum = sum.add(e);
    }
    return Lanes.sum(sum);
  }

  /**
   * out = share sum_s e_s v_s, a vector of it. Loads are whole, and what they take from the next
   * head is not stored: a mask in the loop costs more than the products. Four sums, since one would
   * wait for each addition.
   */
  private void mix(int keys, float share, int first, int stride, int row, int width) {
    FloatVector s0 = FloatVector.zero(F);
    FloatVector s1 = FloatVector.zero(F);
    FloatVector s2 = FloatVector.zero(F);
    FloatVector s3 = FloatVector.zero(F);
    int whole = Math.clamp(Math.floorDiv(v.length - LANES - first, stride) + 1, 0, keys);
    int s = 0;
    int i = first;
    for (; s <= whole - 4; s += 4, i += 4 * stride) {
      s0 = value(i).fma(weight(s), s0);
      s1 = value(i + stride).fma(weight(s + 1), s1);
      s2 = value(i + 2 * stride).fma(weight(s + 2), s2);
      s3 = value(i + 3 * stride).fma(weight(s + 3), s3);
    }
    for (; s < whole; s++, i += stride) {
      s0 = value(i).fma(weight(s), s0);
    }
    FloatVector sum = s0.add(s1).add(s2.add(s3)).mul(share);
    if (width == LANES) {
      sum.intoArray(out, row);
    } else {
      sum.intoArray(out, row, F.indexInRange(0, width));
    }
    for (; s < keys; s++, i += stride) { // at the very end of the array
      for (int e = 0; e < width; e++) {
        out[row + e] += share * scores[s] * v[i + e];
      }
    }
  }

  private FloatVector value(int i) {
    return FloatVector.fromArray(F, v, i);
  }

  private FloatVector weight(int s) {
    return FloatVector.broadcast(F, scores[s]);
  }
}
