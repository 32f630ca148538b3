package org.rlhf4j.autograd.op;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.RowKernels;

/** Probabilities from logits. */
public final class Softmax {
  private Softmax() {}

  /** y_j = exp(x_j) / sum_k exp(x_k) over the last axis; dx += y (dy - sum_k dy_k y_k). */
  public static Variable of(Variable x) {
    Tape tape = x.tape();
    RowKernels kernels = tape.backend().rows();
    Tensor y = tape.workspace().empty(x.shape());
    kernels.softmax(x.value(), y);
    return tape.record(
        "softmax", y, dy -> x.accumulate(dx -> kernels.softmaxBackward(y, dy, dx)), x);
  }
}
