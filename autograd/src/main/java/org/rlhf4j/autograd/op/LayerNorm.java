package org.rlhf4j.autograd.op;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.ElementKernels;
import org.rlhf4j.tensor.kernel.NormKernels;

/** Layer normalization (arXiv 1607.06450). */
public final class LayerNorm {
  private LayerNorm() {}

  /**
   * y = (x - mean(x)) / sqrt(var(x) + epsilon) weight + bias over the last axis, population
   * variance. The gradients stand beside the kernels: {@link NormKernels#layerNormBackwardInput},
   * {@link NormKernels#layerNormBackwardWeight}; dbias += sum over rows of dy.
   *
   * @param x shape {@code [.., n]}
   * @param weight shape {@code [n]}
   * @param bias shape {@code [n]}
   */
  public static Variable of(Variable x, Variable weight, Variable bias, double epsilon) {
    int n = x.shape().columns();
    Check.shape("weight", weight.shape(), Shape.of(n));
    Check.shape("bias", bias.shape(), Shape.of(n));
    Tape tape = x.tape();
    NormKernels kernels = tape.backend().norms();
    ElementKernels elements = tape.backend().elements();
    Tensor y = tape.workspace().empty(x.shape());
    Tensor mean = tape.workspace().empty(x.shape().dropLast());
    Tensor rstd = tape.workspace().empty(x.shape().dropLast());
    kernels.layerNorm(x.value(), weight.value(), bias.value(), epsilon, y, mean, rstd);
    return tape.record(
        "layerNorm",
        y,
        dy -> {
          x.accumulate(
              dx -> kernels.layerNormBackwardInput(x.value(), weight.value(), mean, rstd, dy, dx));
          weight.accumulate(
              dweight -> kernels.layerNormBackwardWeight(x.value(), mean, rstd, dy, dweight));
          bias.accumulate(dbias ->
              elements.addSum(
                  dy.reshape(Shape.of(dy.shape().rows(), n)), dbias.reshape(Shape.of(1, n))));
        },
        x,
        weight,
        bias);
  }
}
