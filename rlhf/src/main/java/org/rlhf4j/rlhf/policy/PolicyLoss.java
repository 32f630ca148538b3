package org.rlhf4j.rlhf.policy;

import java.util.List;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Constants;
import org.rlhf4j.rlhf.Equation;
import org.rlhf4j.rlhf.Figures;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.kl.KlInLoss;
import org.rlhf4j.rlhf.kl.KlPenalty;

/**
 * The differentiable half of every policy-gradient algorithm,
 *
 * <pre>
 * loss = sum_it w_it ( -surrogate(ratio_it, A_it) + beta kl_it )
 * </pre>
 *
 * with the weights w of the aggregation. The other half, the advantages, is plain numbers.
 *
 * <p>Log-ratios are held within +-40, where a ratio and the square of one are still numbers: e^89
 * is none in single precision, and zero times infinity would be NaN in the gradient.
 *
 * @param ratio of what to what
 * @param surrogate objective of a token
 * @param kl penalty; only {@link KlInLoss} adds a term here
 * @param aggregation weights of tokens
 */
@Equation({"PPO_EQN_EXPANDED", "GRPO", "GRPO_token"})
public record PolicyLoss(
    ImportanceRatio ratio, Surrogate surrogate, KlPenalty kl, Aggregation aggregation) {

  /** The loss of a whole batch. */
  public LossOutput apply(PolicyBatch batch) {
    return apply(batch, Totals.of(batch.mask()));
  }

  /**
   * The loss of a micro-batch.
   *
   * @param totals of all micro-batches of the step; their losses add up to that of the whole batch
   */
  public LossOutput apply(PolicyBatch batch, Totals totals) {
    boolean[][] mask = batch.mask();
    Tape tape = batch.logprobs().tape();
    Variable logprobs = Constants.masked("logprobs", batch.logprobs(), mask);
    Variable old = Constants.of(tape, "old logprobs", batch.oldLogprobs(), mask);
    Variable advantages = Constants.of(tape, "advantages", batch.advantages(), mask);

    Variable logRatio =
        ratio
            .logRatio(logprobs, old, mask)
            .clamp(-KlInLoss.LARGEST_LOG_RATIO, KlInLoss.LARGEST_LOG_RATIO);
    Variable objective = surrogate.objective(logRatio, logprobs, advantages);
    Variable policyLoss = aggregation.reduce(objective.neg(), mask, totals);
    Figures figures =
        Figures.of("policy_loss", policyLoss)
            .and(
                Figures.of(
                    List.of(logprobs, logRatio),
                    read -> RatioMetrics.of(batch, read.get(0), read.get(1), surrogate, totals)));
    if (!(kl instanceof KlInLoss penalty)) {
      return new LossOutput(policyLoss, figures);
    }

    if (batch.referenceLogprobs().length == 0) {
      throw new IllegalArgumentException(
          "a KL penalty in the loss needs reference logprobs, and the batch has none");
    }
    Variable reference = Constants.of(tape, "reference logprobs", batch.referenceLogprobs(), mask);
    Variable klLoss = aggregation.reduce(penalty.penalty(logprobs, old, reference), mask, totals);
    return new LossOutput(policyLoss.add(klLoss), figures.and(Figures.of("kl_loss", klLoss)));
  }
}
