package org.rlhf4j.autograd.op;

import java.util.List;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.ElementKernels;

/** The gate of the Llama feed-forward (arXiv 2002.05202). */
public final class SwiGlu {
  private SwiGlu() {}

  /**
   * y = silu(gate) up; dgate += dy up silu'(gate), dup += dy silu(gate).
   *
   * @throws IllegalArgumentException if the shapes differ
   */
  public static Variable of(Variable gate, Variable up) {
    Check.sameShape("gate", gate.shape(), "up", up.shape());
    Tape tape = gate.tape();
    ElementKernels kernels = tape.backend().elements();
    Tensor y = tape.workspace().empty(gate.shape());
    kernels.swiGlu(gate.value(), up.value(), y);
    return tape.record(
        "swiGlu",
        y,
        dy ->
            Variable.accumulate(
                List.of(gate, up),
                d -> kernels.swiGluBackward(gate.value(), up.value(), dy, d.get(0), d.get(1))),
        gate,
        up);
  }
}
