package org.rlhf4j.autograd.op;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.RowKernels;

/** The entropy of the distribution that a row of logits stands for. */
public final class Entropy {
  private Entropy() {}

  /**
   * y = -sum_j p_j log p_j with p = softmax(x), in nats; dx_j += -dy p_j (log p_j + y).
   *
   * @param x logits, shape {@code [.., n]}; the result drops the last axis
   */
  public static Variable of(Variable x) {
    Tape tape = x.tape();
    RowKernels kernels = tape.backend().rows();
    Shape rows = x.shape().dropLast();
    Tensor y = tape.workspace().empty(rows);
    Tensor lse = tape.workspace().empty(rows);
    kernels.entropy(x.value(), y, lse);
    return tape.record(
        "entropy",
        y,
        dy -> x.accumulate(dx -> kernels.entropyBackward(x.value(), y, lse, dy, dx)),
        x);
  }
}
