package org.rlhf4j.autograd.op;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.kernel.ElementKernels;

/** The same elements under another shape; no copy. */
public final class Reshape {
  private Reshape() {}

  /**
   * y is x; dx += dy.
   *
   * @throws IllegalArgumentException if the sizes differ
   */
  public static Variable of(Variable x, Shape shape) {
    Tape tape = x.tape();
    ElementKernels kernels = tape.backend().elements();
    return tape.record(
        "reshape",
        x.value().reshape(shape),
        dy -> x.accumulate(dx -> kernels.addScaled(dy, 1, dx)),
        x);
  }
}
