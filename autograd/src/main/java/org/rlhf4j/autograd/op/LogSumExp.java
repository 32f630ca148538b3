package org.rlhf4j.autograd.op;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.RowKernels;

/** The smooth maximum that normalizes a softmax. */
public final class LogSumExp {
  private LogSumExp() {}

  /**
   * y = log sum_j exp(x_j) over the last axis, which is dropped; dx_j += dy exp(x_j - y).
   *
   * @param x shape {@code [.., n]}
   */
  public static Variable of(Variable x) {
    Tape tape = x.tape();
    RowKernels kernels = tape.backend().rows();
    Tensor y = tape.workspace().empty(x.shape().dropLast());
    kernels.logSumExp(x.value(), y);
    return tape.record(
        "logSumExp",
        y,
        dy -> x.accumulate(dx -> kernels.logSumExpBackward(x.value(), y, dy, dx)),
        x);
  }
}
