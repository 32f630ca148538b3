package org.rlhf4j.autograd.op;

import java.util.List;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.ElementKernels;

/** Parts one after another along one axis; the inverse of {@link Slice}. */
public final class Concat {
  private Concat() {}

  /**
   * y = the parts in order; each part's gradient += its range of dy.
   *
   * @throws IllegalArgumentException if there is no part or they differ in another axis
   */
  public static Variable of(int axis, List<Variable> parts) {
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("concat needs at least one part");
    }
    Shape first = parts.getFirst().shape();
    int total = 0;
    for (Variable part : parts) {
      int length = part.shape().dim(axis);
      if (!part.shape().equals(first.with(axis, length))) {
        throw new IllegalArgumentException(
            "concat along axis %d needs parts that agree in all other axes, got %s and %s"
                .formatted(axis, first, part.shape()));
      }
      total += length;
    }
    Tape tape = parts.getFirst().tape();
    ElementKernels kernels = tape.backend().elements();
    Tensor y = tape.workspace().zeros(first.with(axis, total));
    int from = 0;
    for (Variable part : parts) {
      kernels.addIntoSlice(part.value(), axis, from, y);
      from += part.shape().dim(axis);
    }
    return tape.record(
        "concat",
        y,
        dy -> {
          int start = 0;
          for (Variable part : parts) {
            int begin = start;
            part.accumulate(dpart -> kernels.addSlice(dy, axis, begin, dpart));
            start += part.shape().dim(axis);
          }
        },
        parts.toArray(Variable[]::new));
  }
}
