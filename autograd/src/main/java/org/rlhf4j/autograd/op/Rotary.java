package org.rlhf4j.autograd.op;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.AttentionKernels;
import org.rlhf4j.tensor.kernel.Positions;
import org.rlhf4j.tensor.kernel.RotaryLayout;

/** Rotary position embedding (arXiv 2104.09864). */
public final class Rotary {
  private Rotary() {}

  /**
   * y = each pair of x turned by position * base^(-2i / headDim); dx += dy turned back.
   *
   * @param x queries or keys, shape {@code [batch, time, heads, headDim]}, headDim even
   */
  public static Variable of(Variable x, Positions positions, double base, RotaryLayout layout) {
    Check.rank("x", x.shape(), 4);
    if (x.shape().dim(3) % 2 != 0) {
      throw new IllegalArgumentException("x " + x.shape() + " must have an even headDim to rotate");
    }
    Check.sameCount("start", positions.start().length, "the batch of x", x.shape().dim(0));
    Tape tape = x.tape();
    AttentionKernels kernels = tape.backend().attention();
    Tensor y = tape.workspace().empty(x.shape());
    kernels.rotary(x.value(), positions, base, layout, y);
    return tape.record(
        "rotary",
        y,
        dy -> x.accumulate(dx -> kernels.rotaryBackward(dy, positions, base, layout, dx)),
        x);
  }
}
