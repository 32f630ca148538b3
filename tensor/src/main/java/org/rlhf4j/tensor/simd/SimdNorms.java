package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.jspecify.annotations.Nullable;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.NormKernels;

/**
 * RMSNorm and LayerNorm. Input gradients go row by row, weight gradients column by column, so that
 * no sum is split. Forward, a row is read three times, from the L1 cache but for the first time, in
 * loops of whole vectors: a mask in the loop costs as much as its arithmetic.
 */
final class SimdNorms implements NormKernels {
  private final Parallel parallel;

  SimdNorms(Parallel parallel) {
    this.parallel = parallel;
  }

  @Override
  public void rmsNorm(Tensor x, Tensor weight, double epsilon, Tensor y, Tensor rstd) {
    float[] in = x.floats();
    float[] w = weight.floats();
    float[] out = y.floats();
    float[] scale = rstd.floats();
    int n = x.shape().columns();
    forEachRow(
        rstd.size(),
        n,
        r -> {
          double squares = sumOfSquares(in, r * n, n, 0);
          scale[r] = (float) (1 / Math.sqrt(squares / n + epsilon));
          normalize(in, r * n, n, 0, scale[r], w, null, out);
        });
  }

  @Override
  public void rmsNormBackwardInput(Tensor x, Tensor weight, Tensor rstd, Tensor dy, Tensor dx) {
    float[] in = x.floats();
    float[] w = weight.floats();
    float[] scale = rstd.floats();
    float[] dout = dy.floats();
    float[] din = dx.floats();
    int n = x.shape().columns();
    forEachRow(
        rstd.size(),
        n,
        r -> {
          float s = scale[r];
          float dot = dot(in, r * n, n, 0, s, w, dout);
          addInputGradient(in, r * n, n, 0, s, w, dout, 0, dot / n, din);
        });
  }

  @Override
  public void rmsNormBackwardWeight(Tensor x, Tensor rstd, Tensor dy, Tensor dweight) {
    float[] center = parallel.scratch().floats(0, rstd.size());
    Arrays.fill(center, 0, rstd.size(), 0);
    addWeightGradient(x, center, rstd.floats(), dy, dweight);
  }

  @Override
  public void layerNorm(
      Tensor x, Tensor weight, Tensor bias, double epsilon, Tensor y, Tensor mean, Tensor rstd) {
    float[] in = x.floats();
    float[] w = weight.floats();
    float[] b = bias.floats();
    float[] out = y.floats();
    float[] center = mean.floats();
    float[] scale = rstd.floats();
    int n = x.shape().columns();
    forEachRow(
        rstd.size(),
        n,
        r -> {
          center[r] = (float) (sum(in, r * n, n) / n);
          double squares = sumOfSquares(in, r * n, n, center[r]);
          scale[r] = (float) (1 / Math.sqrt(squares / n + epsilon));
          normalize(in, r * n, n, center[r], scale[r], w, b, out);
        });
  }

  @Override
  public void layerNormBackwardInput(
      Tensor x, Tensor weight, Tensor mean, Tensor rstd, Tensor dy, Tensor dx) {
    float[] in = x.floats();
    float[] w = weight.floats();
    float[] center = mean.floats();
    float[] scale = rstd.floats();
    float[] dout = dy.floats();
    float[] din = dx.floats();
    int n = x.shape().columns();
    forEachRow(
        rstd.size(),
        n,
        r -> {
          float sum = Dots.dot(n, dout, r * n, w, 0);
          float dot = dot(in, r * n, n, center[r], scale[r], w, dout);
          addInputGradient(in, r * n, n, center[r], scale[r], w, dout, sum / n, dot / n, din);
        });
  }

  @Override
  public void layerNormBackwardWeight(
      Tensor x, Tensor mean, Tensor rstd, Tensor dy, Tensor dweight) {
    addWeightGradient(x, mean.floats(), rstd.floats(), dy, dweight);
  }

  /** sum_j x[j], in four vectors of sums: one would wait for its own last addition. */
  private static double sum(float[] x, int first, int n) {
    FloatVector s0 = FloatVector.zero(F);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int j = 0;
    for (; j <= n - 4 * LANES; j += 4 * LANES) {
      s0 = s0.add(load(x, first + j));
      s1 = s1.add(load(x, first + j + LANES));
      s2 = s2.add(load(x, first + j + 2 * LANES));
      s3 = s3.add(load(x, first + j + 3 * LANES));
    }
    double rest = 0;
    for (; j < n; j++) {
      rest += x[first + j];
    }
    return Lanes.sum(s0.add(s1).add(s2.add(s3))) + rest;
  }

  /** sum_j (x[j] - center)^2. */
  private static double sumOfSquares(float[] x, int first, int n, float center) {
    FloatVector middle = FloatVector.broadcast(F, center);
    FloatVector s0 = FloatVector.zero(F);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int j = 0;
    for (; j <= n - 4 * LANES; j += 4 * LANES) {
      FloatVector d0 = load(x, first + j).sub(middle);
      FloatVector d1 = load(x, first + j + LANES).sub(middle);
      FloatVector d2 = load(x, first + j + 2 * LANES).sub(middle);
      FloatVector d3 = load(x, first + j + 3 * LANES).sub(middle);
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

  /** y[j] = (x[j] - center) scale weight[j] + bias[j]. */
  private static void normalize(
      float[] x,
      int first,
      int n,
      float center,
      float scale,
      float[] weight,
      float @Nullable [] bias,
      float[] y) {
    FloatVector middle = FloatVector.broadcast(F, center);
    FloatVector slope = FloatVector.broadcast(F, scale);
    int j = 0;
    if (bias == null) {
      for (; j <= n - LANES; j += LANES) {
        FloatVector h = load(x, first + j).sub(middle).mul(slope);
        h.mul(load(weight, j)).intoArray(y, first + j);
      }
    } else {
      for (; j <= n - LANES; j += LANES) {
        FloatVector h = load(x, first + j).sub(middle).mul(slope);
        h.fma(load(weight, j), load(bias, j)).intoArray(y, first + j);
      }
    }
    for (; j < n; j++) {
      float h = (x[first + j] - center) * scale;
      y[first + j] = bias == null ? h * weight[j] : Math.fma(h, weight[j], bias[j]);
    }
  }

  private static FloatVector load(float[] x, int i) {
    return FloatVector.fromArray(F, x, i);
  }

  /** sum_j dy[j] weight[j] (x[j] - center) scale. */
  private static float dot(
      float[] x, int first, int n, float center, float scale, float[] weight, float[] dy) {
    FloatVector sum = FloatVector.zero(F);
    for (int j = 0; j < n; j += LANES) {
      VectorMask<Float> inside = F.indexInRange(j, n);
      FloatVector h = FloatVector.fromArray(F, x, first + j, inside).sub(center).mul(scale);
      FloatVector g = FloatVector.fromArray(F, dy, first + j, inside);
      sum = h.fma(g.mul(FloatVector.fromArray(F, weight, j, inside)), sum);
    }
    return Lanes.sum(sum);
  }

  /** With g = dy weight and h = (x - center) scale: dx += scale (g - meanG - h meanGh). */
  private static void addInputGradient(
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
    for (int j = 0; j < n; j += LANES) {
      VectorMask<Float> inside = F.indexInRange(j, n);
      FloatVector h = FloatVector.fromArray(F, x, first + j, inside).sub(center).mul(scale);
      FloatVector w = FloatVector.fromArray(F, weight, j, inside);
      FloatVector g = FloatVector.fromArray(F, dy, first + j, inside).mul(w);
      FloatVector change = g.sub(meanG).sub(h.mul(meanGh));
      change
          .fma(factor, FloatVector.fromArray(F, dx, first + j, inside))
          .intoArray(dx, first + j, inside);
    }
  }

  /**
   * dweight[j] += sum_r dy[r, j] (x[r, j] - center[r]) scale[r], one vector of columns at a time.
   */
  private void addWeightGradient(
      Tensor x, float[] center, float[] scale, Tensor dy, Tensor dweight) {
    float[] in = x.floats();
    float[] dout = dy.floats();
    float[] dw = dweight.floats();
    int n = x.shape().columns();
    int rows = n == 0 ? 0 : x.size() / n;
    parallel.rows(
        Math.ceilDiv(n, LANES),
        Lanes.grain(LANES, Math.max(1, rows)),
        (low, high) -> {
          for (int j = low * LANES; j < Math.min(n, high * LANES); j += LANES) {
            VectorMask<Float> inside = F.indexInRange(j, n);
            FloatVector sum = FloatVector.zero(F);
            for (int r = 0; r < rows; r++) {
              FloatVector d = FloatVector.fromArray(F, dout, r * n + j, inside);
              FloatVector h = FloatVector.fromArray(F, in, r * n + j, inside).sub(center[r]);
              sum = d.fma(h.mul(scale[r]), sum);
            }
            FloatVector.fromArray(F, dw, j, inside).add(sum).intoArray(dw, j, inside);
          }
        });
  }

  /** What is done for row r. */
  private interface Row {
    void run(int r);
  }

  private void forEachRow(int rows, int n, Row row) {
    parallel.rows(
        rows,
        Lanes.grain(n, 4),
        (from, to) -> {
          for (int r = from; r < to; r++) {
            row.run(r);
          }
        });
  }
}
