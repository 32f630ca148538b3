package org.rlhf4j.cuda;

import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Tensor;

/**
 * Softmax and logsumexp at a temperature over the visible columns of each row: the kernels of
 * {@link CudaBackend#rows()} with their switches.
 *
 * <p>Of a row that sees nothing the softmax is zero and the logsumexp -inf; gradients of what is
 * hidden are zero.
 */
public final class DeviceSoftmax {
  private final CudaRows rows;

  public DeviceSoftmax(CudaBackend backend) {
    rows = new CudaRows(backend.device());
  }

  /** y[r, j] = exp(x[r, j] / temperature - lse[r]), 0 where hidden. {@code y} may be {@code x}. */
  public void softmax(Tensor x, Visible visible, double temperature, Tensor y) {
    Check.sameShape("x", x.shape(), "y", y.shape());
    Check.positive("temperature", temperature);
    rows.softmax(x, visible, temperature, y);
  }

  /** dx[r, j] += y[r, j] (dy[r, j] - sum_k dy[r, k] y[r, k]) / temperature over visible columns. */
  public void softmaxBackward(Tensor y, Visible visible, double temperature, Tensor dy, Tensor dx) {
    Check.sameShape("y", y.shape(), "dy", dy.shape());
    Check.sameShape("y", y.shape(), "dx", dx.shape());
    Check.positive("temperature", temperature);
    rows.softmaxBackward(y, visible, temperature, dy, dx);
  }

  /** out[r] = log sum_j exp(x[r, j] / temperature) over visible columns. */
  public void logSumExp(Tensor x, Visible visible, double temperature, Tensor out) {
    Check.sameCount("out", out.size(), "x", x.shape().rows());
    Check.positive("temperature", temperature);
    rows.logSumExp(x, visible, temperature, out);
  }

  /** dx[r, j] += dout[r] exp(x[r, j] / temperature - lse[r]) / temperature, if visible. */
  public void logSumExpBackward(
      Tensor x, Visible visible, double temperature, Tensor lse, Tensor dout, Tensor dx) {
    Check.sameShape("x", x.shape(), "dx", dx.shape());
    Check.sameShape("lse", lse.shape(), "dout", dout.shape());
    Check.positive("temperature", temperature);
    rows.logSumExpBackward(x, visible, temperature, lse, dout, dx);
  }
}
