package org.rlhf4j.autograd.op;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.ElementKernels;

/** Sums that undo broadcasting. */
public final class Sum {
  private Sum() {}

  /**
   * y = x summed over every axis where {@code shape} is 1, or all of it; dx += dy stretched.
   *
   * @param shape of the result: a scalar, or the shape of x with some axes 1
   * @throws IllegalArgumentException if the result does not broadcast back to x
   */
  public static Variable of(Variable x, Shape shape) {
    if (!stretches(shape, x.shape())) {
      throw new IllegalArgumentException(
          "cannot sum %s to %s; every axis must stay or become 1".formatted(x.shape(), shape));
    }
    Tape tape = x.tape();
    ElementKernels kernels = tape.backend().elements();
    Tensor y = tape.workspace().zeros(shape);
    kernels.addSum(x.value(), y);
    return tape.record("sum", y, dy -> x.accumulate(dx -> kernels.addBroadcast(dy, 1, dx)), x);
  }

  private static boolean stretches(Shape small, Shape large) {
    boolean fits = small.rank() == 0 || small.rank() == large.rank();
    for (int axis = 0; fits && axis < small.rank(); axis++) {
      fits = small.dim(axis) == 1 || small.dim(axis) == large.dim(axis);
    }
    return fits;
  }
}
