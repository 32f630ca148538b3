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
 * no sum is split. The loops are masked throughout: rows are short.
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
          center[r] = (float) (SimdSums.sum(in, r * n, (r + 1) * n) / n);
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

  /** sum_j (x[j] - center)^2. */
  private static double sumOfSquares(float[] x, int first, int n, float center) {
    FloatVector s0 = FloatVector.zero(F);
    FloatVector s1 = FloatVector.zero(F);
    int j = 0;
    for (; j <= n - 2 * LANES; j += 2 * LANES) {
      FloatVector d0 = FloatVector.fromArray(F, x, first + j).sub(center);
      FloatVector d1 = FloatVector.fromArray(F, x, first + j + LANES).sub(center);
      s0 = d0.fma(d0, s0);
      s1 = d1.fma(d1, s1);
    }
    double rest = 0;
    for (; j < n; j++) {
      double deviation = (double) x[first + j] - center;
      rest += deviation * deviation;
    }
    return Lanes.sum(s0.add(s1)) + rest;
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
    for (int j = 0; j < n; j += LANES) {
      VectorMask<Float> inside = F.indexInRange(j, n);
      FloatVector h = FloatVector.fromArray(F, x, first + j, inside).sub(center).mul(scale);
      FloatVector w = FloatVector.fromArray(F, weight, j, inside);
      FloatVector value =
          bias == null ? h.mul(w) : h.fma(w, FloatVector.fromArray(F, bias, j, inside));
      value.intoArray(y, first + j, inside);
    }
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
