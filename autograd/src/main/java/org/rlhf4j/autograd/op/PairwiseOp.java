package org.rlhf4j.autograd.op;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.tensor.kernel.ElementKernels;
import org.rlhf4j.tensor.kernel.Pairwise;

/** y = f(a, b) with broadcasting, for every line of the table {@link Pairwise}. */
public final class PairwiseOp {
  private PairwiseOp() {}

  /**
   * y = f(a, b); da += sum over stretched axes of dy df/da, and so for b.
   *
   * @throws IllegalArgumentException if the shapes do not broadcast
   */
  public static Variable of(Pairwise f, Variable a, Variable b) {
    Tape tape = a.tape();
    ElementKernels kernels = tape.backend().elements();
    Tensor y = tape.workspace().empty(Shape.broadcast(a.shape(), b.shape()));
    kernels.pairwise(f, a.value(), b.value(), y);
    return tape.record(
        f.name(),
        y,
        dy -> {
          contribute(f, true, a, b, dy);
          contribute(f, false, a, b, dy);
        },
        a,
        b);
  }

  private static void contribute(Pairwise f, boolean ofLeft, Variable a, Variable b, Tensor dy) {
    ElementKernels kernels = a.tape().backend().elements();
    Variable x = ofLeft ? a : b;
    if (!x.shape().equals(dy.shape())) {
      x.accumulate(d -> accumulateStretched(f, ofLeft, a, b, dy, d));
    } else if (f == Pairwise.ADD) { // needs neither value, which may be forgotten
      x.contribute((d, add) -> {
        if (add) {
          kernels.addScaled(dy, 1, d);
        } else {
          kernels.copy(dy, d);
        }
      });
    } else {
      x.accumulate(d -> kernels.pairwiseBackward(f, ofLeft, a.value(), b.value(), dy, d));
    }
  }

  private static void accumulateStretched(
      Pairwise f, boolean ofLeft, Variable a, Variable b, Tensor dy, Tensor d) {
    ElementKernels kernels = a.tape().backend().elements();
    Workspace workspace = a.tape().workspace();
    Tensor stretched = workspace.zeros(dy.shape());
    kernels.pairwiseBackward(f, ofLeft, a.value(), b.value(), dy, stretched);
    kernels.addSum(stretched, d);
    workspace.release(stretched);
  }
}
