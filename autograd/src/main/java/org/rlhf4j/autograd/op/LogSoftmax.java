package org.rlhf4j.autograd.op;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.RowKernels;

/** Log-probabilities from logits. */
public final class LogSoftmax {
  private LogSoftmax() {}

  /** y_j = x_j - log sum_k exp(x_k) over the last axis; dx += dy - exp(y) sum_k dy_k. */
  public static Variable of(Variable x) {
    Tape tape = x.tape();
    RowKernels kernels = tape.backend().rows();
    Tensor y = tape.workspace().empty(x.shape());
    kernels.logSoftmax(x.value(), y);
    return tape.record(
        "logSoftmax", y, dy -> x.accumulate(dx -> kernels.logSoftmaxBackward(y, dy, dx)), x);
  }
}
