package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** The loops of {@link SimdRows}: one row each, from index {@code first}, {@code n} long. */
final class RowLoops {
  /**
   * Elements that stay in the L1 cache between the maximum and the sum, and whose sum is kept in
   * single precision: sums of blocks are added in double, since a lane that adds up a whole
   * vocabulary of like terms loses four digits.
   */
  private static final int BLOCK = 2048;

  private static final float NOTHING = Float.NEGATIVE_INFINITY;

  private RowLoops() {}

  /**
   * log sum_j exp x[j], reading memory once: each block's sum is taken relative to the largest
   * element so far, and the sum so far is rescaled when a block has a larger one.
   */
  static double logSumExp(float[] x, int first, int n) {
    float max = NOTHING;
    double sum = 0;
    for (int from = 0; from < n; from += BLOCK) {
      int length = Math.min(BLOCK, n - from);
      float larger = Math.max(max, max(x, first + from, length));
      if (Float.isNaN(larger)) {
        return Double.NaN;
      }
      if (larger != max) {
        sum *= Math.exp(max - (double) larger);
        max = larger;
      }
      if (Float.isFinite(max)) {
        sum += sumOfExp(x, first + from, length, max);
      }
    }
    return Float.isFinite(max) ? max + Math.log(sum) : max;
  }

  /**
   * The largest element, or NaN. Compared and blended, half the time of {@code max}, which also
   * tells 0 from -0; a NaN is never larger, so it is looked for by itself.
   */
  private static float max(float[] x, int first, int n) {
    FloatVector m0 = FloatVector.broadcast(F, NOTHING);
    FloatVector m1 = m0;
    FloatVector nan = FloatVector.zero(F);
    int i = 0;
    for (; i <= n - 2 * LANES; i += 2 * LANES) {
      FloatVector x0 = load(x, first + i);
      FloatVector x1 = load(x, first + i + LANES);
      m0 = m0.blend(x0, x0.compare(VectorOperators.GT, m0));
      m1 = m1.blend(x1, x1.compare(VectorOperators.GT, m1));
      nan = nan.blend(x0, x0.compare(VectorOperators.NE, x0));
      nan = nan.blend(x1, x1.compare(VectorOperators.NE, x1));
    }
    for (; i < n; i += LANES) {
      VectorMask<Float> inside = F.indexInRange(i, n);
      FloatVector last = load(x, first + i, inside);
      m0 = m0.blend(last, last.compare(VectorOperators.GT, m0).and(inside));
      nan = nan.blend(last, last.compare(VectorOperators.NE, last));
    }
    return m0.max(m1).add(nan).reduceLanes(VectorOperators.MAX);
  }

  /** sum_j exp(x[j] - shift). One sum is enough: exp takes longer than an addition's latency. */
  private static float sumOfExp(float[] x, int first, int n, float shift) {
    FloatVector sum = FloatVector.zero(F);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      sum = sum.add(VectorMath.expOfNegative(load(x, first + i).sub(shift)));
    }
    float total = Lanes.sum(sum);
    return i < n ? total + lastOfExp(x, first + i, n - i, shift) : total;
  }

  /**
   * The same for less than a vector; a method of its own lest C2 take it for too rare to inline.
   */
  private static float lastOfExp(float[] x, int first, int n, float shift) {
    VectorMask<Float> inside = F.indexInRange(0, n);
    FloatVector e = VectorMath.expOfNegative(load(x, first, inside).sub(shift));
    return Lanes.sum(FloatVector.zero(F).blend(e, inside));
  }

  /** y[j] = exp(x[j] - max) / sum_k exp(x[k] - max); {@code y} may be {@code x}. */
  static void softmax(float[] x, int first, int n, float[] y) {
    float max = max(x, first, n);
    if (!Float.isFinite(max)) {
      exp(x, first, n, max, y);
      return;
    }
    double sum = 0;
    for (int from = 0; from < n; from += BLOCK) {
      sum += expAndSum(x, first + from, Math.min(BLOCK, n - from), max, y);
    }
    SimdElementLoops.affine(y, (float) (1 / sum), 0, y, first, first + n);
  }

  /** y[j] = exp(x[j] - shift), and the sum of it. */
  private static float expAndSum(float[] x, int first, int n, float shift, float[] y) {
    FloatVector sum = FloatVector.zero(F);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector e = VectorMath.expOfNegative(load(x, first + i).sub(shift));
      e.intoArray(y, first + i);
      sum = sum.add(e);
    }
    if (i < n) {
      VectorMask<Float> inside = F.indexInRange(i, n);
      FloatVector e = VectorMath.expOfNegative(load(x, first + i, inside).sub(shift));
      e.intoArray(y, first + i, inside);
      sum = sum.add(e, inside);
    }
    return Lanes.sum(sum);
  }

  /** y[j] = exp(x[j] - lse) where lse is infinite or NaN. */
  private static void exp(float[] x, int first, int n, float lse, float[] y) {
    for (int i = first; i < first + n; i++) {
      y[i] = (float) Math.exp(logProbability(x[i], lse));
    }
  }

  /** x - lse, but -inf where x is, so that -inf - -inf is not NaN. */
  static double logProbability(float x, double lse) {
    return x == NOTHING ? x : x - lse;
  }

  private static FloatVector logProbability(FloatVector x, float lse) {
    return x.sub(lse).blend(x, x.compare(VectorOperators.EQ, NOTHING));
  }

  /** y[j] = x[j] - lse. */
  static void logProbabilities(float[] x, int first, int n, double lse, float[] y) {
    // in two parts, since a float holds the sum less exactly than either
    float high = (float) lse;
    float low = Float.isFinite(high) ? (float) (lse - high) : 0;
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      logProbability(load(x, first + i), high).sub(low).intoArray(y, first + i);
    }
    if (i < n) {
      VectorMask<Float> inside = F.indexInRange(i, n);
      FloatVector value = load(x, first + i, inside);
      logProbability(value, high).sub(low).intoArray(y, first + i, inside);
    }
  }

  /** dx[j] += scale exp(x[j] - lse). */
  static void addProbabilities(float[] x, int first, int n, float lse, float scale, float[] dx) {
    FloatVector factor = FloatVector.broadcast(F, scale);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector p = VectorMath.expOfNegative(logProbability(load(x, first + i), lse));
      p.fma(factor, load(dx, first + i)).intoArray(dx, first + i);
    }
    if (i < n) {
      VectorMask<Float> inside = F.indexInRange(i, n);
      FloatVector p = VectorMath.expOfNegative(logProbability(load(x, first + i, inside), lse));
      p.fma(factor, load(dx, first + i, inside)).intoArray(dx, first + i, inside);
    }
  }

  /** dx[j] += y[j] (dy[j] - dot). */
  static void addSoftmaxGradient(float[] y, float[] dy, int first, int n, float dot, float[] dx) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector d = load(dy, first + i).sub(dot);
      d.fma(load(y, first + i), load(dx, first + i)).intoArray(dx, first + i);
    }
    if (i < n) {
      VectorMask<Float> inside = F.indexInRange(i, n);
      FloatVector d = load(dy, first + i, inside).sub(dot);
      d.fma(load(y, first + i, inside), load(dx, first + i, inside))
          .intoArray(dx, first + i, inside);
    }
  }

  /** dx[j] += dy[j] - exp(y[j]) sum. */
  static void addLogSoftmaxGradient(
      float[] y, float[] dy, int first, int n, float sum, float[] dx) {
    FloatVector negative = FloatVector.broadcast(F, -sum);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector p = VectorMath.expOfNegative(load(y, first + i));
      p.fma(negative, load(dy, first + i)).add(load(dx, first + i)).intoArray(dx, first + i);
    }
    if (i < n) {
      VectorMask<Float> inside = F.indexInRange(i, n);
      FloatVector p = VectorMath.expOfNegative(load(y, first + i, inside));
      p.fma(negative, load(dy, first + i, inside))
          .add(load(dx, first + i, inside))
          .intoArray(dx, first + i, inside);
    }
  }

  /** -sum_j p log p with log p = x[j] - lse. */
  static float entropy(float[] x, int first, int n, float lse) {
    double sum = 0;
    for (int from = 0; from < n; from += BLOCK) {
      sum += entropyOfBlock(x, first + from, Math.min(BLOCK, n - from), lse);
    }
    return (float) sum;
  }

  private static float entropyOfBlock(float[] x, int first, int n, float lse) {
    FloatVector sum = FloatVector.zero(F);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector logp = logProbability(load(x, first + i), lse);
      FloatVector p = VectorMath.expOfNegative(logp);
      sum = sum.sub(p.mul(logp), p.compare(VectorOperators.NE, 0f));
    }
    if (i < n) {
      VectorMask<Float> inside = F.indexInRange(i, n);
      FloatVector logp = logProbability(load(x, first + i, inside), lse);
      FloatVector p = VectorMath.expOfNegative(logp);
      sum = sum.sub(p.mul(logp), p.compare(VectorOperators.NE, 0f).and(inside));
    }
    return Lanes.sum(sum);
  }

  /** dx[j] -= dout p (log p + entropy). */
  static void addEntropyGradient(
      float[] x, int first, int n, float lse, float entropy, float dout, float[] dx) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector logp = logProbability(load(x, first + i), lse);
      FloatVector p = VectorMath.expOfNegative(logp);
      FloatVector change = logp.add(entropy).mul(p).mul(dout);
      FloatVector old = load(dx, first + i);
      old.blend(old.sub(change), p.compare(VectorOperators.NE, 0f)).intoArray(dx, first + i);
    }
    if (i < n) {
      VectorMask<Float> inside = F.indexInRange(i, n);
      FloatVector logp = logProbability(load(x, first + i, inside), lse);
      FloatVector p = VectorMath.expOfNegative(logp);
      VectorMask<Float> counts = p.compare(VectorOperators.NE, 0f).and(inside);
      FloatVector change = logp.add(entropy).mul(p).mul(dout);
      load(dx, first + i, inside).sub(change).intoArray(dx, first + i, counts);
    }
  }

  private static FloatVector load(float[] x, int i) {
    return FloatVector.fromArray(F, x, i);
  }

  private static FloatVector load(float[] x, int i, VectorMask<Float> inside) {
    return FloatVector.fromArray(F, x, i, inside);
  }
}
