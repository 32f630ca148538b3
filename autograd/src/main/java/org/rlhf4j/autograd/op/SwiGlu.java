package org.rlhf4j.autograd.op;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
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
    Workspace workspace = tape.workspace();
    ElementKernels kernels = tape.backend().elements();
    Tensor y = workspace.empty(gate.shape());
    kernels.swiGlu(gate.value(), up.value(), y);
    return tape.record(
        "swiGlu",
        y,
        dy -> {
          Tensor dgate = workspace.zeros(gate.shape());
          Tensor dup = workspace.zeros(up.shape());
          kernels.swiGluBackward(gate.value(), up.value(), dy, dgate, dup);
          gate.accumulate(d -> kernels.addScaled(dgate, 1, d));
          up.accumulate(d -> kernels.addScaled(dup, 1, d));
          workspace.release(dgate);
          workspace.release(dup);
        },
        gate,
        up);
  }
}
