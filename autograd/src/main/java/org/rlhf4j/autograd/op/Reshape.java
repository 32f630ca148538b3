package org.rlhf4j.autograd.op;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Shape;

/** The same elements under another shape, forward and backward; no copy. */
public final class Reshape {
  private Reshape() {}

  /**
   * y is x; dx is dy.
   *
   * @throws IllegalArgumentException if the sizes differ
   */
  public static Variable of(Variable x, Shape shape) {
    return x.tape().reshape(x, shape);
  }
}
