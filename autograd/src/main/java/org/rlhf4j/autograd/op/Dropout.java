package org.rlhf4j.autograd.op;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.RandomKernels;

/** Random zeros whose mask is never stored: the key makes it again on the way back. */
public final class Dropout {
  private Dropout() {}

  /**
   * y = x / (1 - rate) with probability 1 - rate, else 0; dx += dy under the same mask.
   *
   * @throws IllegalArgumentException if the rate is not in [0, 1)
   */
  public static Variable of(Variable x, RandomKey key, double rate) {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException("dropout rate must be in [0, 1), got " + rate);
    }
    Tape tape = x.tape();
    RandomKernels kernels = tape.backend().randoms();
    Tensor y = tape.workspace().empty(x.shape());
    kernels.dropout(x.value(), key, rate, y);
    return tape.record(
        "dropout", y, dy -> x.accumulate(dx -> kernels.dropoutBackward(dy, key, rate, dx)), x);
  }
}
