package org.rlhf4j.cuda;

import static org.rlhf4j.cuda.Device.address;

import org.rlhf4j.cuda.driver.Launch;
import org.rlhf4j.cuda.ptx.Dim;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.OptimizerKernels;

/** The update of parameters: one launch record a kernel. */
final class CudaOptimizers implements OptimizerKernels {
  private final Device device;

  CudaOptimizers(Device device) {
    this.device = device;
  }

  @Override
  public void addSumOfSquares(Tensor x, Tensor total) {
    if (x.size() > 0) {
      new CudaSum(device).rows(address(x), address(total), 1, x.size(), true);
    }
  }

  @Override
  public void clipFactor(Tensor sumOfSquares, double maxNorm, Tensor factor) {
    device.run(
        Launch.of("clip/1-factor.ptx", "clip_factor", Dim.of(1), Dim.of(1))
            .pointer(address(sumOfSquares))
            .pointer(address(factor))
            .real(maxNorm));
  }

  @Override
  public void adamW(
      Tensor parameter,
      Tensor gradient,
      Tensor gradientFactor,
      Tensor firstMoment,
      Tensor secondMoment,
      AdamWStep at) {
    if (parameter.size() == 0) {
      return;
    }
    device.run(
        device
            .grids()
            .fours("adamw/1-fours.ptx", "adamw", parameter.size())
            .pointer(address(parameter))
            .pointer(address(gradient))
            .pointer(address(gradientFactor))
            .pointer(address(firstMoment))
            .pointer(address(secondMoment))
            .real(at.learningRate())
            .real(at.beta1())
            .real(at.beta2())
            .real(1 - at.beta1())
            .real(1 - at.beta2())
            .real(1 / (1 - Math.pow(at.beta1(), at.step())))
            .real(1 / (1 - Math.pow(at.beta2(), at.step())))
            .real(at.epsilon())
            .real(at.weightDecay())
            .whole(parameter.size()));
  }
}
