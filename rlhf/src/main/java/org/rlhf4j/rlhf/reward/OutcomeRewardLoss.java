package org.rlhf4j.rlhf.reward;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Constants;
import org.rlhf4j.rlhf.Equation;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.policy.Aggregation;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.tensor.Shape;

/**
 * Outcome reward model: the probability that an answer is correct, from the label of the whole
 * answer, by the binary cross-entropy -[r log p + (1 - r) log(1 - p)]. With the logit x it is
 * softplus(-x) for a correct answer and softplus(x) for a wrong one.
 *
 * <p>Cobbe (arXiv 2110.14168) and Lightman (arXiv 2305.20050) predict at every token; Lyu (arXiv
 * 2502.06781) once an answer, from the mean of its tokens' logits.
 */
public final class OutcomeRewardLoss {
  private OutcomeRewardLoss() {}

  /**
   * {@return mean over the unmasked tokens of all answers of the cross-entropy with the answer's
   * label}
   *
   * @param logits of correctness, [batch, time]
   * @param correct label of each answer, [batch]
   * @param mask true at the answer's tokens, [batch][time]
   * @param totals of all micro-batches of the step
   */
  @Equation("orm_loss")
  public static Variable perToken(
      Variable logits, boolean[] correct, boolean[][] mask, Totals totals) {
    Variable losses =
        Constants.masked("logits", logits, mask).mul(signs(logits, correct, mask)).softplus();
    return new Aggregation.TokenMean().reduce(losses, mask, totals);
  }

  /**
   * {@return mean over answers of the cross-entropy of the mean logit}
   *
   * @param logits of correctness, [batch, time]
   * @param correct label of each answer, [batch]
   * @param mask true at the answer's tokens, at least one an answer, [batch][time]
   */
  public static Variable perAnswer(Variable logits, boolean[] correct, boolean[][] mask) {
    double[] inverse = new double[mask.length];
    for (int i = 0; i < mask.length; i++) {
      int tokens = Rows.count(mask[i]);
      if (tokens == 0) {
        throw new IllegalArgumentException("answer " + i + " has no unmasked token");
      }
      inverse[i] = 1.0 / tokens;
    }
    Variable lengths = logits.tape().constant(Shape.of(mask.length, 1), inverse);
    Variable mean = Constants.masked("logits", logits, mask).sum(1).mul(lengths);
    return mean.mul(signs(logits, correct, mask)).softplus().mean();
  }

  /** -1 where the label is correct, else 1, [batch, 1]. */
  private static Variable signs(Variable logits, boolean[] correct, boolean[][] mask) {
    Rows.requireSameLength("correct", correct.length, "mask", mask.length);
    double[] signs = new double[correct.length];
    for (int i = 0; i < signs.length; i++) {
      signs[i] = correct[i] ? -1 : 1;
    }
    return logits.tape().constant(Shape.of(signs.length, 1), signs);
  }
}
