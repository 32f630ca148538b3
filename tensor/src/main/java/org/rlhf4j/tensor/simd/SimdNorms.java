package org.rlhf4j.tensor.simd;

import java.util.Arrays;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.NormKernels;

/**
 * RMSNorm and LayerNorm. Input gradients go row by row, weight gradients column by column, so that
 * no sum is split. A row is read two or three times, from the L1 cache but for the first time.
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
          double squares = NormLoops.sumOfSquares(in, r * n, n, 0);
          scale[r] = (float) (1 / Math.sqrt(squares / n + epsilon));
          NormLoops.scale(in, r * n, n, scale[r], w, out);
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
          float dot = NormLoops.dot(in, r * n, n, 0, s, w, dout);
          NormLoops.addInputGradient(in, r * n, n, 0, s, w, dout, 0, dot / n, din);
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
          center[r] = (float) (NormLoops.sum(in, r * n, n) / n);
          double squares = NormLoops.sumOfSquares(in, r * n, n, center[r]);
          scale[r] = (float) (1 / Math.sqrt(squares / n + epsilon));
          NormLoops.normalize(in, r * n, n, center[r], scale[r], w, b, out);
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
          float c = center[r];
          float s = scale[r];
          float sum = Dots.dot(n, dout, r * n, w, 0);
          float dot = NormLoops.dot(in, r * n, n, c, s, w, dout);
          NormLoops.addInputGradient(in, r * n, n, c, s, w, dout, sum / n, dot / n, din);
        });
  }

  @Override
  public void layerNormBackwardWeight(
      Tensor x, Tensor mean, Tensor rstd, Tensor dy, Tensor dweight) {
    addWeightGradient(x, mean.floats(), rstd.floats(), dy, dweight);
  }

  /** dweight[j] += sum_r dy[r, j] (x[r, j] - center[r]) scale[r], a strip of columns at a time. */
  private void addWeightGradient(
      Tensor x, float[] center, float[] scale, Tensor dy, Tensor dweight) {
    float[] in = x.floats();
    float[] dout = dy.floats();
    float[] dw = dweight.floats();
    int n = x.shape().columns();
    int rows = n == 0 ? 0 : x.size() / n;
    parallel.rows(
        Math.ceilDiv(n, NormLoops.STRIP),
        Lanes.grain(NormLoops.STRIP, Math.max(1, rows)),
        (low, high) -> {
          for (int j = low * NormLoops.STRIP;
              j < Math.min(n, high * NormLoops.STRIP);
              j += NormLoops.STRIP) {
            NormLoops.addWeightGradient(in, dout, j, n, rows, center, scale, dw);
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
