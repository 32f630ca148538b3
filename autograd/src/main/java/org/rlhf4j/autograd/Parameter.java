package org.rlhf4j.autograd;

import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;

/**
 * A tensor that is learned, and the sum of its gradients since they were last zeroed.
 *
 * @param name where it stands in the model, such as {@code layers.0.attention.query.weight}
 * @param value changed only by an optimizer
 * @param gradient same shape; every backward pass adds into it
 * @param frozen whether it is held fixed; then no gradient is ever computed
 */
public record Parameter(String name, Tensor value, Tensor gradient, boolean frozen) {
  public Parameter {
    Check.sameShape(name, value.shape(), "its gradient", gradient.shape());
  }

  /** {@return a parameter on {@code value} with a zero gradient from the same workspace} */
  public static Parameter of(String name, Tensor value, Workspace workspace) {
    return new Parameter(name, value, workspace.zeros(value.shape()), false);
  }

  /** {@return the same tensor, held fixed} */
  public Parameter freeze() {
    return new Parameter(name, value, gradient, true);
  }

  public void zeroGradient() {
    value.backend().elements().fill(gradient, 0);
  }
}
