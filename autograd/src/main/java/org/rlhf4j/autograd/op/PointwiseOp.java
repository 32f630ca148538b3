package org.rlhf4j.autograd.op;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.ElementKernels;
import org.rlhf4j.tensor.kernel.Pointwise;

/** y = f(x) element by element, for every line of the table {@link Pointwise}. */
public final class PointwiseOp {
  private PointwiseOp() {}

  /** y[i] = f(x[i]); dx[i] += dy[i] f'(x[i]). */
  public static Variable of(Pointwise f, Variable x) {
    Tape tape = x.tape();
    ElementKernels kernels = tape.backend().elements();
    Tensor y = tape.workspace().empty(x.shape());
    kernels.pointwise(f, x.value(), y);
    return tape.record(
        f.name(),
        y,
        dy -> x.accumulate(dx -> kernels.pointwiseBackward(f, x.value(), y, dy, dx)),
        x);
  }
}
