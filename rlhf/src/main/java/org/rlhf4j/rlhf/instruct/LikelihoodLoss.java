package org.rlhf4j.rlhf.instruct;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Equation;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.policy.Aggregation;
import org.rlhf4j.rlhf.policy.Totals;

/**
 * Negative log-likelihood of the unmasked tokens, the loss of pretraining and of instruction
 * tuning. Which tokens count is the mask's business: all of them, the answers', or the last turn's.
 */
public final class LikelihoodLoss {
  private LikelihoodLoss() {}

  /**
   * The mean negative log-likelihood of a token, in nats; its exponential is the perplexity.
   *
   * @param logits of the whole sequences, [batch, time, vocab]
   * @param ids the sequences, [batch][time]
   * @param mask true at the tokens to learn, [batch][time]; the first of a sequence has no
   *     prediction and never counts
   * @param totals of {@link NextToken#labels} of the masks of all micro-batches of the step
   */
  @Equation("nll")
  public static LossOutput apply(Variable logits, int[][] ids, boolean[][] mask, Totals totals) {
    Variable losses = NextToken.logprobs(logits, ids, 1).neg();
    Variable loss = new Aggregation.TokenMean().reduce(losses, NextToken.labels(mask), totals);
    return new LossOutput("nll", loss);
  }

  /**
   * {@return losses - weight * logprobs, any loss of chosen answers held to their likelihood} The
   * book mentions it for reward models; {@code DpoWithLikelihood} is the same for DPO.
   *
   * @param losses [batch]
   * @param logprobs of the chosen answers per token, [batch]
   * @param weight not negative
   */
  public static Variable held(Variable losses, Variable logprobs, double weight) {
    if (!(weight >= 0)) {
      throw new IllegalArgumentException("weight must not be negative, got " + weight);
    }
    return losses.sub(logprobs.mul(weight));
  }

  /**
   * {@return policyLoss + coefficient * pretrainingLoss, InstructGPT's PPO-ptx: what is learned
   * from rewards must not be paid for in language}
   *
   * @param coefficient gamma, not negative; 27.8 in InstructGPT
   */
  @Equation("objective_pretraining")
  public static Variable mixed(Variable policyLoss, Variable pretrainingLoss, double coefficient) {
    if (!(coefficient >= 0)) {
      throw new IllegalArgumentException("coefficient must not be negative, got " + coefficient);
    }
    return policyLoss.add(pretrainingLoss.mul(coefficient));
  }
}
