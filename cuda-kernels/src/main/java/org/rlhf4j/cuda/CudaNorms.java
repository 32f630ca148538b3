package org.rlhf4j.cuda;

import static org.rlhf4j.cuda.Device.address;

import org.rlhf4j.cuda.driver.Launch;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.NormKernels;

/** RMSNorm and LayerNorm: one launch record a kernel. */
final class CudaNorms implements NormKernels {
  private final Device device;

  CudaNorms(Device device) {
    this.device = device;
  }

  private static Launch rows(String file, String entry, Tensor... tensors) {
    int rows = tensors[0].shape().rows();
    int columns = tensors[0].shape().columns();
    Launch launch = Grids.rows(file, entry, Math.max(1, rows), columns);
    for (Tensor tensor : tensors) {
      launch = launch.pointer(address(tensor));
    }
    return launch.whole(rows).whole(columns);
  }

  private void run(Tensor x, Launch launch) {
    if (x.size() > 0) {
      device.run(launch);
    }
  }

  @Override
  public void rmsNorm(Tensor x, Tensor weight, double epsilon, Tensor y, Tensor rstd) {
    run(x, rows("rmsnorm/1-two-reads.ptx", "rmsnorm", x, weight, y, rstd).real(epsilon));
  }

  @Override
  public void rmsNormBackwardInput(Tensor x, Tensor weight, Tensor rstd, Tensor dy, Tensor dx) {
    run(x, rows("rmsnorm/1-backward-input.ptx", "rmsnorm_backward_input", x, weight, rstd, dy, dx));
  }

  @Override
  public void rmsNormBackwardWeight(Tensor x, Tensor rstd, Tensor dy, Tensor dweight) {
    weight(x, rstd, rstd, dy, dweight, false);
  }

  @Override
  public void layerNorm(
      Tensor x, Tensor weight, Tensor bias, double epsilon, Tensor y, Tensor mean, Tensor rstd) {
    run(
        x,
        rows("layernorm/1-three-reads.ptx", "layernorm", x, weight, bias, y, mean, rstd)
            .real(epsilon));
  }

  @Override
  public void layerNormBackwardInput(
      Tensor x, Tensor weight, Tensor mean, Tensor rstd, Tensor dy, Tensor dx) {
    run(
        x,
        rows(
            "layernorm/1-backward-input.ptx",
            "layernorm_backward_input",
            x,
            weight,
            mean,
            rstd,
            dy,
            dx));
  }

  @Override
  public void layerNormBackwardWeight(
      Tensor x, Tensor mean, Tensor rstd, Tensor dy, Tensor dweight) {
    weight(x, mean, rstd, dy, dweight, true);
  }

  private void weight(
      Tensor x, Tensor mean, Tensor rstd, Tensor dy, Tensor dweight, boolean centered) {
    int columns = x.shape().columns();
    run(
        x,
        Grids.columns("norm/1-backward-weight.ptx", "norm_backward_weight", columns, 1)
            .pointer(address(x))
            .pointer(address(mean))
            .pointer(address(rstd))
            .pointer(address(dy))
            .pointer(address(dweight))
            .whole(x.shape().rows())
            .whole(columns)
            .whole(centered ? 1 : 0));
  }
}
