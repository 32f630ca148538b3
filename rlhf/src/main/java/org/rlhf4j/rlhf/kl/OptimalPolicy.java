package org.rlhf4j.rlhf.kl;

import org.rlhf4j.rlhf.Equation;
import org.rlhf4j.rlhf.LogSpace;
import org.rlhf4j.rlhf.Rows;

/**
 * The closed-form answer to RLHF over a finite set of completions: the policy that maximises E[r] -
 * beta KL(pi || ref) is the reference tilted by the reward,
 *
 * <pre>
 * pi*(y) = ref(y) exp(r(y) / beta) / Z,    Z = sum_y ref(y) exp(r(y) / beta),    J* = beta log Z
 * </pre>
 *
 * <p>All methods take log-probabilities of the reference and stay in log space; a completion that
 * the reference excludes (-infinity) stays excluded.
 */
public final class OptimalPolicy {
  private OptimalPolicy() {}

  /** {@return log Z = log sum_y exp(log ref(y) + r(y) / beta)} */
  @Equation("dpo_partition")
  public static double logPartition(double[] referenceLogprobs, double[] rewards, double beta) {
    return LogSpace.logSumExp(tilted(referenceLogprobs, rewards, beta));
  }

  /** {@return log pi*(y) = log ref(y) + r(y) / beta - log Z} */
  @Equation({"dpo_opt_policy", "dpo_deriv_6", "dpo_deriv_7", "dpo_deriv_8", "dpo_deriv_9"})
  public static double[] logprobs(double[] referenceLogprobs, double[] rewards, double beta) {
    return LogSpace.logSoftmax(tilted(referenceLogprobs, rewards, beta));
  }

  /**
   * {@return r(y) = beta log(pi*(y) / ref(y)) + beta log Z, the reward for which a policy is
   * optimal; without log Z it is DPO's implicit reward}
   *
   * @param logPartition log Z; 0 gives the implicit reward
   */
  @Equation({"dpo_reward_full", "dpo_reward"})
  public static double[] reward(
      double[] policyLogprobs, double[] referenceLogprobs, double beta, double logPartition) {
    Rows.requireSameLength("policy", policyLogprobs.length, "reference", referenceLogprobs.length);
    requireBeta(beta);
    double[] rewards = new double[policyLogprobs.length];
    for (int y = 0; y < rewards.length; y++) {
      rewards[y] = beta * (policyLogprobs[y] - referenceLogprobs[y]) + beta * logPartition;
    }
    return rewards;
  }

  /**
   * {@return E_pi[r] - beta KL(pi || ref), the objective of RLHF; at most beta log Z} It is summed
   * in the form E_pi[r - beta log(pi / ref)], in which a completion of probability 0 adds nothing.
   */
  @Equation({
    "rlhf_opt_eq", "rlhf_opt_eq_repeat", "rl_opt_int", "objective_regularization", "dpo_deriv_1",
    "dpo_deriv_2", "dpo_deriv_3", "dpo_deriv_4", "dpo_deriv_5", "dpo_deriv_10"
  })
  public static double objective(
      double[] policyLogprobs, double[] referenceLogprobs, double[] rewards, double beta) {
    Rows.requireSameLength("policy", policyLogprobs.length, "rewards", rewards.length);
    Rows.requireSameLength("reference", referenceLogprobs.length, "rewards", rewards.length);
    if (!(beta >= 0)) {
      throw new IllegalArgumentException("beta must not be negative, got " + beta);
    }
    double objective = 0;
    for (int y = 0; y < rewards.length; y++) {
      double probability = Math.exp(policyLogprobs[y]);
      if (probability > 0) {
        objective += probability * (rewards[y] - beta * (policyLogprobs[y] - referenceLogprobs[y]));
      }
    }
    return objective;
  }

  private static double[] tilted(double[] referenceLogprobs, double[] rewards, double beta) {
    Rows.requireSameLength("reference", referenceLogprobs.length, "rewards", rewards.length);
    requireBeta(beta);
    double[] logits = new double[rewards.length];
    for (int y = 0; y < rewards.length; y++) {
      logits[y] = referenceLogprobs[y] + rewards[y] / beta;
    }
    return logits;
  }

  private static void requireBeta(double beta) {
    if (!(beta > 0)) {
      throw new IllegalArgumentException("beta must be positive, got " + beta);
    }
  }
}
