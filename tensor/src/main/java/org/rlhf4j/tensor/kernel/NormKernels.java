package org.rlhf4j.tensor.kernel;

import org.rlhf4j.tensor.HostBuffer;
import org.rlhf4j.tensor.Tensor;

/**
 * RMSNorm and LayerNorm over the last axis. Shapes: x, y {@code [rows, n]} (any leading axes),
 * weight and bias {@code [n]}, mean and rstd {@code [rows]}.
 */
public interface NormKernels {
  /** rstd[r] = 1 / sqrt(mean_j x[r, j]^2 + epsilon); y = x rstd weight (arXiv 1910.07467). */
  default void rmsNorm(Tensor x, Tensor weight, double epsilon, Tensor y, Tensor rstd) {
    HostBuffer in = x.host();
    HostBuffer w = weight.host();
    HostBuffer out = y.host();
    HostBuffer scale = rstd.host();
    int n = x.shape().columns();
    for (int r = 0; r < rstd.size(); r++) {
      double sum = 0;
      for (int j = 0; j < n; j++) {
        sum += in.get(r * n + j) * in.get(r * n + j);
      }
      double s = 1 / Math.sqrt(sum / n + epsilon);
      scale.set(r, s);
      for (int j = 0; j < n; j++) {
        out.set(r * n + j, in.get(r * n + j) * s * w.get(j));
      }
    }
  }

  /** With g = dy weight: dx += rstd (g - x rstd^2 mean_j(g x)). */
  default void rmsNormBackwardInput(Tensor x, Tensor weight, Tensor rstd, Tensor dy, Tensor dx) {
    HostBuffer in = x.host();
    HostBuffer w = weight.host();
    HostBuffer scale = rstd.host();
    HostBuffer dout = dy.host();
    HostBuffer din = dx.host();
    int n = x.shape().columns();
    for (int r = 0; r < rstd.size(); r++) {
      double dot = 0;
      for (int j = 0; j < n; j++) {
        dot += dout.get(r * n + j) * w.get(j) * in.get(r * n + j);
      }
      double s = scale.get(r);
      for (int j = 0; j < n; j++) {
        double g = dout.get(r * n + j) * w.get(j);
        din.add(r * n + j, s * (g - in.get(r * n + j) * s * s * dot / n));
      }
    }
  }

  /** dweight[j] += sum_r dy[r, j] x[r, j] rstd[r]. */
  default void rmsNormBackwardWeight(Tensor x, Tensor rstd, Tensor dy, Tensor dweight) {
    HostBuffer in = x.host();
    HostBuffer scale = rstd.host();
    HostBuffer dout = dy.host();
    HostBuffer dw = dweight.host();
    int n = x.shape().columns();
    for (int j = 0; j < n; j++) {
      double sum = 0;
      for (int r = 0; r < rstd.size(); r++) {
        sum += dout.get(r * n + j) * in.get(r * n + j) * scale.get(r);
      }
      dw.add(j, sum);
    }
  }

  /**
   * mean[r] and rstd[r] = 1 / sqrt(var_j x[r, j] + epsilon), population variance in two passes; y =
   * (x - mean) rstd weight + bias (arXiv 1607.06450).
   */
  default void layerNorm(
      Tensor x, Tensor weight, Tensor bias, double epsilon, Tensor y, Tensor mean, Tensor rstd) {
    HostBuffer in = x.host();
    HostBuffer w = weight.host();
    HostBuffer b = bias.host();
    HostBuffer out = y.host();
    int n = x.shape().columns();
    for (int r = 0; r < rstd.size(); r++) {
      double sum = 0;
      for (int j = 0; j < n; j++) {
        sum += in.get(r * n + j);
      }
      double center = sum / n;
      double squares = 0;
      for (int j = 0; j < n; j++) {
        double deviation = in.get(r * n + j) - center;
        squares += deviation * deviation;
      }
      double s = 1 / Math.sqrt(squares / n + epsilon);
      mean.host().set(r, center);
      rstd.host().set(r, s);
      for (int j = 0; j < n; j++) {
        out.set(r * n + j, (in.get(r * n + j) - center) * s * w.get(j) + b.get(j));
      }
    }
  }

  /** With g = dy weight and h = (x - mean) rstd: dx += rstd (g - mean_j g - h mean_j(g h)). */
  default void layerNormBackwardInput(
      Tensor x, Tensor weight, Tensor mean, Tensor rstd, Tensor dy, Tensor dx) {
    HostBuffer in = x.host();
    HostBuffer w = weight.host();
    HostBuffer dout = dy.host();
    HostBuffer din = dx.host();
    int n = x.shape().columns();
    for (int r = 0; r < rstd.size(); r++) {
      double center = mean.host().get(r);
      double s = rstd.host().get(r);
      double sum = 0;
      double dot = 0;
      for (int j = 0; j < n; j++) {
        double g = dout.get(r * n + j) * w.get(j);
        sum += g;
        dot += g * (in.get(r * n + j) - center) * s;
      }
      for (int j = 0; j < n; j++) {
        double g = dout.get(r * n + j) * w.get(j);
        double h = (in.get(r * n + j) - center) * s;
        din.add(r * n + j, s * (g - sum / n - h * dot / n));
      }
    }
  }

  /**
   * dweight[j] += sum_r dy[r, j] (x[r, j] - mean[r]) rstd[r]. The bias's gradient is a plain sum.
   */
  default void layerNormBackwardWeight(
      Tensor x, Tensor mean, Tensor rstd, Tensor dy, Tensor dweight) {
    HostBuffer in = x.host();
    HostBuffer dout = dy.host();
    HostBuffer dw = dweight.host();
    int n = x.shape().columns();
    for (int j = 0; j < n; j++) {
      double sum = 0;
      for (int r = 0; r < rstd.size(); r++) {
        double h = (in.get(r * n + j) - mean.host().get(r)) * rstd.host().get(r);
        sum += dout.get(r * n + j) * h;
      }
      dw.add(j, sum);
    }
  }
}
