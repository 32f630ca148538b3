package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The loops of {@link SimdRows}: one row each, from index {@code first}, {@code n} long; the last,
 * incomplete vector is masked.
 */
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
      FloatVector x0 = FloatVector.fromArray(F, x, first + i);
      FloatVector x1 = FloatVector.fromArray(F, x, first + i + LANES);
      m0 = m0.blend(x0, x0.compare(VectorOperators.GT, m0));
      m1 = m1.blend(x1, x1.compare(VectorOperators.GT, m1));
      nan = nan.blend(x0, x0.compare(VectorOperators.NE, x0));
      nan = nan.blend(x1, x1.compare(VectorOperators.NE, x1));
    }
    for (; i < n; i += LANES) {
      VectorMask<Float> inside = F.indexInRange(i, n);
      FloatVector last = FloatVector.fromArray(F, x, first + i, inside);
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
      sum = sum.add(VectorMath.expOfNegative(FloatVector.fromArray(F, x, first + i).sub(shift)));
    }
    float total = Lanes.sum(sum);
    return i < n ? total + lastOfExp(x, first + i, n - i, shift) : total;
  }

  /** The same for less than a vector. */
  private static float lastOfExp(float[] x, int first, int n, float shift) {
    VectorMask<Float> inside = F.indexInRange(0, n);
    FloatVector e = VectorMath.expOfNegative(FloatVector.fromArray(F, x, first, inside).sub(shift));
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
      FloatVector e = VectorMath.expOfNegative(FloatVector.fromArray(F, x, first + i).sub(shift));
      e.intoArray(y, first + i);
      sum = sum.add(e);
    }
    float total = Lanes.sum(sum);
    return i < n ? total + lastExpAndSum(x, first + i, n - i, shift, y) : total;
  }

  private static float lastExpAndSum(float[] x, int first, int n, float shift, float[] y) {
    VectorMask<Float> inside = F.indexInRange(0, n);
    FloatVector e = VectorMath.expOfNegative(FloatVector.fromArray(F, x, first, inside).sub(shift));
    e.intoArray(y, first, inside);
    return Lanes.sum(FloatVector.zero(F).blend(e, inside));
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
      logProbability(FloatVector.fromArray(F, x, first + i), high).sub(low).intoArray(y, first + i);
    }
    if (i < n) {
      VectorMask<Float> inside = F.indexInRange(i, n);
      FloatVector value = FloatVector.fromArray(F, x, first + i, inside);
      logProbability(value, high).sub(low).intoArray(y, first + i, inside);
    }
  }

  /** dx[j] += scale exp(x[j] - lse). */
  static void addProbabilities(float[] x, int first, int n, float lse, float scale, float[] dx) {
    FloatVector factor = FloatVector.broadcast(F, scale);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector p =
          VectorMath.expOfNegative(logProbability(FloatVector.fromArray(F, x, first + i), lse));
      p.fma(factor, FloatVector.fromArray(F, dx, first + i)).intoArray(dx, first + i);
    }
    if (i < n) {
      addLastProbabilities(x, first + i, n - i, lse, scale, dx);
    }
  }

  private static void addLastProbabilities(
      float[] x, int first, int n, float lse, float scale, float[] dx) {
    VectorMask<Float> inside = F.indexInRange(0, n);
    FloatVector logp = logProbability(FloatVector.fromArray(F, x, first, inside), lse);
    FloatVector p = VectorMath.expOfNegative(logp);
    FloatVector old = FloatVector.fromArray(F, dx, first, inside);
    p.lanewise(VectorOperators.FMA, scale, old).intoArray(dx, first, inside);
  }

  /** dx[j] += y[j] (dy[j] - dot). */
  static void addSoftmaxGradient(float[] y, float[] dy, int first, int n, float dot, float[] dx) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector d = FloatVector.fromArray(F, dy, first + i).sub(dot);
      d.fma(FloatVector.fromArray(F, y, first + i), FloatVector.fromArray(F, dx, first + i))
          .intoArray(dx, first + i);
    }
    if (i < n) {
      VectorMask<Float> inside = F.indexInRange(i, n);
      FloatVector d = FloatVector.fromArray(F, dy, first + i, inside).sub(dot);
      d.fma(
              FloatVector.fromArray(F, y, first + i, inside),
              FloatVector.fromArray(F, dx, first + i, inside))
          .intoArray(dx, first + i, inside);
    }
  }

  /** dx[j] += dy[j] - exp(y[j]) sum. */
  static void addLogSoftmaxGradient(
      float[] y, float[] dy, int first, int n, float sum, float[] dx) {
    FloatVector negative = FloatVector.broadcast(F, -sum);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector p = VectorMath.expOfNegative(FloatVector.fromArray(F, y, first + i));
      p.fma(negative, FloatVector.fromArray(F, dy, first + i))
          .add(FloatVector.fromArray(F, dx, first + i))
          .intoArray(dx, first + i);
    }
    if (i < n) {
      addLastLogSoftmaxGradients(y, dy, first + i, n - i, sum, dx);
    }
  }

  private static void addLastLogSoftmaxGradients(
      float[] y, float[] dy, int first, int n, float sum, float[] dx) {
    VectorMask<Float> inside = F.indexInRange(0, n);
    FloatVector p = VectorMath.expOfNegative(FloatVector.fromArray(F, y, first, inside));
    p.lanewise(VectorOperators.FMA, -sum, FloatVector.fromArray(F, dy, first, inside))
        .add(FloatVector.fromArray(F, dx, first, inside))
        .intoArray(dx, first, inside);
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
      FloatVector logp = logProbability(FloatVector.fromArray(F, x, first + i), lse);
      FloatVector p = VectorMath.expOfNegative(logp);
      sum = sum.sub(p.mul(logp), p.compare(VectorOperators.NE, 0f));
    }
    float total = Lanes.sum(sum);
    return i < n ? total + lastOfEntropy(x, first + i, n - i, lse) : total;
  }

  private static float lastOfEntropy(float[] x, int first, int n, float lse) {
    VectorMask<Float> inside = F.indexInRange(0, n);
    FloatVector logp = logProbability(FloatVector.fromArray(F, x, first, inside), lse);
    FloatVector p = VectorMath.expOfNegative(logp);
    VectorMask<Float> counts = p.compare(VectorOperators.NE, 0f).and(inside);
    return Lanes.sum(FloatVector.zero(F).sub(p.mul(logp), counts));
  }

  /** dx[j] -= dout p (log p + entropy). */
  static void addEntropyGradient(
      float[] x, int first, int n, float lse, float entropy, float dout, float[] dx) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector logp = logProbability(FloatVector.fromArray(F, x, first + i), lse);
      FloatVector p = VectorMath.expOfNegative(logp);
      FloatVector change = logp.add(entropy).mul(p).mul(dout);
      FloatVector old = FloatVector.fromArray(F, dx, first + i);
      old.blend(old.sub(change), p.compare(VectorOperators.NE, 0f)).intoArray(dx, first + i);
    }
    if (i < n) {
      addLastEntropyGradients(x, first + i, n - i, lse, entropy, dout, dx);
    }
  }

  private static void addLastEntropyGradients(
      float[] x, int first, int n, float lse, float entropy, float dout, float[] dx) {
    VectorMask<Float> inside = F.indexInRange(0, n);
    FloatVector logp = logProbability(FloatVector.fromArray(F, x, first, inside), lse);
    FloatVector p = VectorMath.expOfNegative(logp);
    VectorMask<Float> counts = p.compare(VectorOperators.NE, 0f).and(inside);
    FloatVector change = logp.add(entropy).mul(p).mul(dout);
    FloatVector.fromArray(F, dx, first, inside).sub(change).intoArray(dx, first, counts);
  }
}
