package org.rlhf4j.rlhf.kl;

import org.rlhf4j.rlhf.Equation;
import org.rlhf4j.rlhf.Rows;

/**
 * Token rewards of an episode with the KL penalty inside the reward: r_t = -beta (log pi_t - log
 * ref_t) at every action, plus the score at the last action.
 *
 * <p>The score belongs to the last <em>unmasked</em> token (the EOS that was sampled, or the last
 * token before truncation), not to the slot after it. The per-token k1 may be negative; only its
 * expectation is not.
 *
 * @param coefficient beta, not negative
 */
public record KlInReward(double coefficient) implements KlPenalty {
  public KlInReward {
    if (!(coefficient >= 0)) {
      throw new IllegalArgumentException("KL coefficient must not be negative, got " + coefficient);
    }
  }

  /**
   * {@return rewards of one episode, [time]; 0 where masked}
   *
   * @param score reward-model score of the whole answer
   * @param logprobs of the policy that sampled, [time]
   * @param reference log-probabilities of the reference policy, [time]
   * @param mask true where a token was an action, [time]
   * @throws IllegalArgumentException if every position is masked: the score has no place to go
   */
  @Equation({"kl_standard", "rl_start"})
  public double[] rewards(double score, double[] logprobs, double[] reference, boolean[] mask) {
    Rows.requireSameLength("logprobs", logprobs.length, "mask", mask.length);
    Rows.requireSameLength("reference", reference.length, "mask", mask.length);
    double[] rewards = new double[mask.length];
    int last = -1;
    for (int t = 0; t < mask.length; t++) {
      if (mask[t]) {
        rewards[t] = coefficient * (reference[t] - logprobs[t]);
        last = t;
      }
    }
    if (last < 0) {
      throw new IllegalArgumentException(
          "an answer whose every token is masked cannot be rewarded");
    }
    rewards[last] += score;
    return rewards;
  }

  /** The same for a batch: scores [batch], the others [batch][time]. */
  public double[][] rewards(
      double[] scores, double[][] logprobs, double[][] reference, boolean[][] mask) {
    Rows.requireSameShape("logprobs", logprobs, "mask", mask);
    Rows.requireSameShape("reference", reference, "mask", mask);
    Rows.requireSameLength("scores", scores.length, "mask", mask.length);
    double[][] rewards = new double[scores.length][];
    for (int i = 0; i < scores.length; i++) {
      rewards[i] = rewards(scores[i], logprobs[i], reference[i], mask[i]);
    }
    return rewards;
  }
}
