package org.rlhf4j.autograd.op;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.ElementKernels;

/** y = scale x + shift, with plain numbers. */
public final class Affine {
  private Affine() {}

  /** y[i] = scale x[i] + shift; dx[i] += scale dy[i]. */
  public static Variable of(Variable x, double scale, double shift) {
    Tape tape = x.tape();
    ElementKernels kernels = tape.backend().elements();
    Tensor y = tape.workspace().empty(x.shape());
    kernels.affine(x.value(), scale, shift, y);
    return tape.record("affine", y, dy -> x.accumulate(dx -> kernels.addScaled(dy, scale, dx)), x);
  }
}
