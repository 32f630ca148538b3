package org.rlhf4j.autograd.op;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.NormKernels;

/** Root-mean-square normalization (arXiv 1910.07467). */
public final class RmsNorm {
  private RmsNorm() {}

  /**
   * y = x / sqrt(mean(x^2) + epsilon) weight over the last axis. The gradients stand beside the
   * kernels: {@link NormKernels#rmsNormBackwardInput}, {@link NormKernels#rmsNormBackwardWeight}.
   *
   * @param x shape {@code [.., n]}
   * @param weight shape {@code [n]}
   */
  public static Variable of(Variable x, Variable weight, double epsilon) {
    Check.shape("weight", weight.shape(), Shape.of(x.shape().columns()));
    Tape tape = x.tape();
    NormKernels kernels = tape.backend().norms();
    Tensor y = tape.workspace().empty(x.shape());
    Tensor rstd = tape.workspace().empty(x.shape().dropLast());
    kernels.rmsNorm(x.value(), weight.value(), epsilon, y, rstd);
    return tape.record(
        "rmsNorm",
        y,
        dy -> {
          x.accumulate(dx -> kernels.rmsNormBackwardInput(x.value(), weight.value(), rstd, dy, dx));
          weight.accumulate(dweight -> kernels.rmsNormBackwardWeight(x.value(), rstd, dy, dweight));
        },
        x,
        weight);
  }
}
