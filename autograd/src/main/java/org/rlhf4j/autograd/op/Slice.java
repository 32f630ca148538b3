package org.rlhf4j.autograd.op;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.ElementKernels;

/** A range along one axis. */
public final class Slice {
  private Slice() {}

  /**
   * y[.., j, ..] = x[.., from + j, ..]; dx[.., from + j, ..] += dy[.., j, ..].
   *
   * @param to exclusive
   * @throws IllegalArgumentException if the range does not lie within the axis
   */
  public static Variable of(Variable x, int axis, int from, int to) {
    if (from < 0 || to < from || to > x.shape().dim(axis)) {
      throw new IllegalArgumentException(
          "slice [%d, %d) does not lie within axis %d of %s".formatted(from, to, axis, x.shape()));
    }
    Tape tape = x.tape();
    ElementKernels kernels = tape.backend().elements();
    Tensor y = tape.workspace().zeros(x.shape().with(axis, to - from));
    kernels.addSlice(x.value(), axis, from, y);
    return tape.record(
        "slice", y, dy -> x.accumulate(dx -> kernels.addIntoSlice(dy, axis, from, dx)), x);
  }
}
