package org.rlhf4j.nn;

import java.util.List;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.tensor.kernel.OptimizerKernels;

/**
 * The norm of all gradients together, and the factor that clips it. Both stay on the device until
 * asked for.
 */
public final class GradientNorm {
  private final Tensor sumOfSquares;
  private final Tensor factor;

  /**
   * sqrt(sum over parameters and elements of gradient^2), clipped to {@code maxNorm} by a common
   * factor min(1, maxNorm / norm).
   *
   * @param workspace owner of the two numbers; reuse one per step
   */
  public GradientNorm(List<Parameter> parameters, double maxNorm, Workspace workspace) {
    Check.positive("maxNorm", maxNorm);
    sumOfSquares = workspace.zeros(Shape.of(1));
    factor = workspace.zeros(Shape.of(1));
    OptimizerKernels kernels = workspace.backend().optimizers();
    for (Parameter parameter : parameters) {
      kernels.addSumOfSquares(parameter.gradient(), sumOfSquares);
    }
    kernels.clipFactor(sumOfSquares, maxNorm, factor);
  }

  /** {@return the square of the norm before clipping, one element} */
  public Tensor sumOfSquares() {
    return sumOfSquares;
  }

  /** {@return the norm before clipping, on the host} */
  public double value() {
    return Math.sqrt(sumOfSquares.item());
  }

  /** {@return what gradients are multiplied by, one element} */
  public Tensor factor() {
    return factor;
  }
}
