package org.rlhf4j.autograd.op;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.ElementKernels;

/** Selection by a mask of 0 and 1: unlike a product with the mask, NaN * 0 cannot happen. */
public final class Masked {
  private Masked() {}

  /**
   * y = x where mask is not 0, else {@code fill}; dx += dy where mask is not 0.
   *
   * @throws IllegalArgumentException if x and mask differ in shape
   */
  public static Variable of(Variable x, Tensor mask, double fill) {
    Check.sameShape("x", x.shape(), "mask", mask.shape());
    Tape tape = x.tape();
    ElementKernels kernels = tape.backend().elements();
    Tensor y = tape.workspace().empty(x.shape());
    kernels.masked(x.value(), mask, fill, y);
    return tape.record(
        "masked", y, dy -> x.accumulate(dx -> kernels.maskedBackward(mask, dy, dx)), x);
  }
}
