package org.rlhf4j.autograd.op;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.tensor.kernel.ElementKernels;
import org.rlhf4j.tensor.kernel.RowKernels;

/** The loss of next-token prediction, as one node. */
public final class CrossEntropy {
  private CrossEntropy() {}

  /**
   * loss = -(1 / n) sum over rows of log softmax(logits)[r, ids[r]], where n counts the ids that
   * are not {@link TokenLogprobs#IGNORED}; dlogits[r, v] += dloss / n (softmax(logits)[r, v] - 1[v
   * = ids[r]]).
   *
   * @param logits shape {@code [.., vocab]}
   * @param ids one per row in row-major order, or {@link TokenLogprobs#IGNORED}
   * @return a scalar, in nats per token
   * @throws IllegalArgumentException if every id is ignored, the number of ids is not the number of
   *     rows, or an id is not in the vocabulary
   */
  public static Variable of(Variable logits, int[] ids) {
    int count = logits.shape().rows();
    if (ids.length != count) { // a name with a shape in it costs more than a check
      Check.sameCount("ids", ids.length, "the rows of logits " + logits.shape(), count);
    }
    Check.ids("ids", ids, logits.shape().columns(), true);
    int counted = 0;
    for (int id : ids) {
      counted += id >= 0 ? 1 : 0;
    }
    if (counted == 0) {
      throw new IllegalArgumentException(
          "every id is ignored; cross-entropy needs at least one token to predict");
    }
    double scale = -1.0 / counted;
    Tape tape = logits.tape();
    Workspace workspace = tape.workspace();
    RowKernels rows = tape.backend().rows();
    ElementKernels elements = tape.backend().elements();
    Tensor logprobs = workspace.empty(Shape.of(ids.length));
    Tensor lse = workspace.empty(Shape.of(ids.length));
    rows.tokenLogprobs(logits.value(), ids, logprobs, lse);
    Tensor loss = workspace.zeros(Shape.scalar());
    elements.addSum(logprobs, loss);
    elements.affine(loss, scale, 0, loss);
    return tape.record(
        "crossEntropy",
        loss,
        dloss ->
            logits.accumulate(dlogits -> {
              Tensor dlogprobs = workspace.zeros(logprobs.shape());
              elements.addBroadcast(dloss, scale, dlogprobs);
              rows.tokenLogprobsBackward(logits.value(), ids, lse, dlogprobs, dlogits);
              workspace.release(dlogprobs);
            }),
        logits);
  }
}
