package org.rlhf4j.autograd.op;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.RowKernels;

/** How likely each token was, without a log-softmax of vocabulary size. */
public final class TokenLogprobs {
  /** The id that ignores its row: logprob 0, no gradient, logits not read. */
  public static final int IGNORED = -1;

  private TokenLogprobs() {}

  /**
   * logprobs[r] = logits[r, ids[r]] - log sum_v exp logits[r, v]; dlogits[r, v] += dlogprobs[r]
   * (1[v = ids[r]] - softmax(logits)[r, v]).
   *
   * @param logits shape {@code [.., vocab]}
   * @param ids one per row in row-major order, or {@link #IGNORED}
   * @return shape of the logits without the last axis
   * @throws IllegalArgumentException if the number of ids is not the number of rows or an id is not
   *     in the vocabulary
   */
  public static Variable of(Variable logits, int[] ids) {
    int count = logits.shape().rows();
    if (ids.length != count) { // a name with a shape in it costs more than a check
      Check.sameCount("ids", ids.length, "the rows of logits " + logits.shape(), count);
    }
    Check.ids("ids", ids, logits.shape().columns(), true);
    Tape tape = logits.tape();
    RowKernels kernels = tape.backend().rows();
    Shape rows = logits.shape().dropLast();
    Tensor logprobs = tape.workspace().empty(rows);
    Tensor lse = tape.workspace().empty(rows);
    kernels.tokenLogprobs(logits.value(), ids, logprobs, lse);
    return tape.record(
        "tokenLogprobs",
        logprobs,
        dlogprobs ->
            logits.accumulate(dlogits ->
                kernels.tokenLogprobsBackward(logits.value(), ids, lse, dlogprobs, dlogits)),
        logits);
  }
}
