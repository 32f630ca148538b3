package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The loops of {@link SimdNorms}: a row from index {@code first}, {@code n} long, or a strip of
 * columns. Whole vectors, then a rest one by one: a mask in the loop costs as much as its
 * arithmetic.
 */
final class NormLoops {
  /** Columns whose sums over the rows stay in registers. */
  static final int STRIP = 4 * LANES;

  private NormLoops() {}

  /** sum_j x[j], in four vectors of sums: one would wait for its own last addition. */
  static double sum(float[] x, int first, int n) {
    FloatVector s0 = FloatVector.zero(F);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int j = 0;
    for (; j <= n - 4 * LANES; j += 4 * LANES) {
      s0 = s0.add(FloatVector.fromArray(F, x, first + j));
      s1 = s1.add(FloatVector.fromArray(F, x, first + j + LANES));
      s2 = s2.add(FloatVector.fromArray(F, x, first + j + 2 * LANES));
      s3 = s3.add(FloatVector.fromArray(F, x, first + j + 3 * LANES));
    }
    double rest = 0;
    for (; j < n; j++) {
      rest += x[first + j];
    }
    return Lanes.sum(s0.add(s1).add(s2.add(s3))) + rest;
  }

  /** sum_j (x[j] - center)^2. */
  static double sumOfSquares(float[] x, int first, int n, float center) {
    FloatVector s0 = FloatVector.zero(F);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int j = 0;
    for (; j <= n - 4 * LANES; j += 4 * LANES) {
      FloatVector d0 = FloatVector.fromArray(F, x, first + j).sub(center);
      FloatVector d1 = FloatVector.fromArray(F, x, first + j + LANES).sub(center);
      FloatVector d2 = FloatVector.fromArray(F, x, first + j + 2 * LANES).sub(center);
      FloatVector d3 = FloatVector.fromArray(F, x, first + j + 3 * LANES).sub(center);
      s0 = d0.fma(d0, s0);
      s1 = d1.fma(d1, s1);
      s2 = d2.fma(d2, s2);
      s3 = d3.fma(d3, s3);
    }
    double rest = 0;
    for (; j < n; j++) {
      double deviation = (double) x[first + j] - center;
      rest += deviation * deviation;
    }
    return Lanes.sum(s0.add(s1).add(s2.add(s3))) + rest;
  }

  /** y[j] = x[j] scale weight[j]. */
  static void scale(float[] x, int first, int n, float scale, float[] weight, float[] y) {
    int j = 0;
    for (; j <= n - LANES; j += LANES) {
      FloatVector h = FloatVector.fromArray(F, x, first + j).mul(scale);
      h.mul(FloatVector.fromArray(F, weight, j)).intoArray(y, first + j);
    }
    for (; j < n; j++) {
      y[first + j] = x[first + j] * scale * weight[j];
    }
  }

  /** y[j] = (x[j] - center) scale weight[j] + bias[j]. */
  static void normalize(
      float[] x,
      int first,
      int n,
      float center,
      float scale,
      float[] weight,
      float[] bias,
      float[] y) {
    int j = 0;
    for (; j <= n - LANES; j += LANES) {
      FloatVector h = FloatVector.fromArray(F, x, first + j).sub(center).mul(scale);
      FloatVector b = FloatVector.fromArray(F, bias, j);
      h.fma(FloatVector.fromArray(F, weight, j), b).intoArray(y, first + j);
    }
    for (; j < n; j++) {
      y[first + j] = Math.fma((x[first + j] - center) * scale, weight[j], bias[j]);
    }
  }

  /** sum_j dy[j] weight[j] (x[j] - center) scale. */
  static float dot(
      float[] x, int first, int n, float center, float scale, float[] weight, float[] dy) {
    FloatVector s0 = FloatVector.zero(F);
    FloatVector s1 = s0;
    int j = 0;
    for (; j <= n - 2 * LANES; j += 2 * LANES) {
      FloatVector h0 = FloatVector.fromArray(F, x, first + j).sub(center).mul(scale);
      FloatVector h1 = FloatVector.fromArray(F, x, first + j + LANES).sub(center).mul(scale);
      FloatVector w0 = FloatVector.fromArray(F, weight, j);
      FloatVector w1 = FloatVector.fromArray(F, weight, j + LANES);
      s0 = h0.fma(FloatVector.fromArray(F, dy, first + j).mul(w0), s0);
      s1 = h1.fma(FloatVector.fromArray(F, dy, first + j + LANES).mul(w1), s1);
    }
    float rest = 0;
    for (; j < n; j++) {
      rest = Math.fma((x[first + j] - center) * scale, dy[first + j] * weight[j], rest);
    }
    return Lanes.sum(s0.add(s1)) + rest;
  }

  /** With g = dy weight and h = (x - center) scale: dx += scale (g - meanG - h meanGh). */
  static void addInputGradient(
      float[] x,
      int first,
      int n,
      float center,
      float scale,
      float[] weight,
      float[] dy,
      float meanG,
      float meanGh,
      float[] dx) {
    FloatVector factor = FloatVector.broadcast(F, scale);
    int j = 0;
    for (; j <= n - LANES; j += LANES) {
      FloatVector h = FloatVector.fromArray(F, x, first + j).sub(center).mul(scale);
      FloatVector w = FloatVector.fromArray(F, weight, j);
      FloatVector change = FloatVector.fromArray(F, dy, first + j).mul(w).sub(meanG);
      FloatVector old = FloatVector.fromArray(F, dx, first + j);
      change.sub(h.mul(meanGh)).fma(factor, old).intoArray(dx, first + j);
    }
    for (; j < n; j++) {
      float h = (x[first + j] - center) * scale;
      float change = dy[first + j] * weight[j] - meanG - h * meanGh;
      dx[first + j] = Math.fma(change, scale, dx[first + j]);
    }
  }

  /** dweight[j] += sum_r dy[r, j] (x[r, j] - center[r]) scale[r] for a strip of n columns. */
  static void addWeightGradient(
      float[] x,
      float[] dy,
      int j,
      int n,
      int rows,
      float[] center,
      float[] scale,
      float[] dweight) {
    if (j > n - STRIP) {
      addLastWeightGradients(x, dy, j, n, rows, center, scale, dweight);
      return;
    }
    FloatVector s0 = FloatVector.zero(F);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int r = 0; r < rows; r++) {
      int i = r * n + j;
      float c = center[r];
      float s = scale[r];
      FloatVector h0 = FloatVector.fromArray(F, x, i).sub(c).mul(s);
      FloatVector h1 = FloatVector.fromArray(F, x, i + LANES).sub(c).mul(s);
      FloatVector h2 = FloatVector.fromArray(F, x, i + 2 * LANES).sub(c).mul(s);
      FloatVector h3 = FloatVector.fromArray(F, x, i + 3 * LANES).sub(c).mul(s);
      s0 = h0.fma(FloatVector.fromArray(F, dy, i), s0);
      s1 = h1.fma(FloatVector.fromArray(F, dy, i + LANES), s1);
      s2 = h2.fma(FloatVector.fromArray(F, dy, i + 2 * LANES), s2);
      s3 = h3.fma(FloatVector.fromArray(F, dy, i + 3 * LANES), s3);
    }
    FloatVector.fromArray(F, dweight, j).add(s0).intoArray(dweight, j);
    j += LANES;
    FloatVector.fromArray(F, dweight, j).add(s1).intoArray(dweight, j);
    j += LANES;
    FloatVector.fromArray(F, dweight, j).add(s2).intoArray(dweight, j);
    j += LANES;
    FloatVector.fromArray(F, dweight, j).add(s3).intoArray(dweight, j);
  }

  private static void addLastWeightGradients(
      float[] x,
      float[] dy,
      int first,
      int n,
      int rows,
      float[] center,
      float[] scale,
      float[] dweight) {
    for (int j = first; j < n; j += LANES) {
      VectorMask<Float> inside = F.indexInRange(j, n);
      FloatVector sum = FloatVector.zero(F);
      for (int r = 0; r < rows; r++) {
        FloatVector d = FloatVector.fromArray(F, dy, r * n + j, inside);
        FloatVector h = FloatVector.fromArray(F, x, r * n + j, inside).sub(center[r]);
        sum = d.fma(h.mul(scale[r]), sum);
      }
      FloatVector.fromArray(F, dweight, j, inside).add(sum).intoArray(dweight, j, inside);
    }
  }
}
