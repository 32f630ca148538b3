package org.rlhf4j.rlhf.policy;

import org.rlhf4j.rlhf.Equation;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.Variance;

/**
 * Advantages of the answers to one prompt, from nothing but their rewards. Each method takes the
 * rewards of one group and returns one advantage an answer.
 */
public final class GroupAdvantage {
  private GroupAdvantage() {}

  /**
   * {@return r_i - mean(r), the advantage of Dr. GRPO (arXiv 2503.20783). Its expected gradient is
   * (G - 1)/G of the true one, because each reward is part of its own baseline}
   */
  @Equation("DrGRPO_ADV")
  public static double[] centred(double... rewards) {
    double mean = Rows.mean(rewards);
    double[] advantages = new double[rewards.length];
    for (int i = 0; i < rewards.length; i++) {
      advantages[i] = rewards[i] - mean;
    }
    return advantages;
  }

  /**
   * {@return (r_i - mean(r)) / (std(r) + epsilon), the advantage of GRPO (arXiv 2402.03300); all 0
   * where all rewards are equal}
   *
   * @param variance SAMPLE in TRL, verl and OpenRLHF; POPULATION in open-instruct
   * @param epsilon added to the deviation: 1e-4 in TRL, 1e-6 in verl, 1e-8 in open-instruct, 1e-9
   *     in OpenRLHF
   */
  @Equation("GRPO_ADV")
  public static double[] standardized(Variance variance, double epsilon, double... rewards) {
    if (!(epsilon > 0)) {
      throw new IllegalArgumentException("epsilon must be positive, got " + epsilon);
    }
    double scale = 1 / (variance.deviation(rewards) + epsilon);
    double[] advantages = centred(rewards);
    for (int i = 0; i < rewards.length; i++) {
      advantages[i] *= scale;
    }
    return advantages;
  }

  /**
   * {@return b_k = (1/(K-1)) sum_{i != k} r_i, the mean reward of the other answers (RLOO, arXiv
   * 2402.14740)}
   *
   * @throws IllegalArgumentException if there are fewer than two rewards
   */
  @Equation("RLOO_baseline")
  public static double[] leaveOneOutBaseline(double... rewards) {
    int k = rewards.length;
    if (k < 2) {
      throw new IllegalArgumentException(
          "leave-one-out needs at least 2 answers a prompt, got " + k);
    }
    double[] baselines = new double[k];
    for (int i = 0; i < k; i++) {
      double others = 0;
      for (int j = 0; j < k; j++) {
        if (j != i) {
          others += rewards[j];
        }
      }
      baselines[i] = others / (k - 1);
    }
    return baselines;
  }

  /**
   * {@return r_k - b_k, the advantage of RLOO; equal to K/(K-1) times {@link #centred}. The
   * baseline does not depend on the answer it is subtracted from, so the gradient is unbiased}
   */
  @Equation({"RLOO_advantage", "RLOO_advantage_alt", "RLOO_ADV_AGAIN", "RLOO_GRPO_EQUIV"})
  public static double[] leaveOneOut(double... rewards) {
    double[] advantages = leaveOneOutBaseline(rewards);
    for (int i = 0; i < rewards.length; i++) {
      advantages[i] = rewards[i] - advantages[i];
    }
    return advantages;
  }

  /**
   * {@return (r_i - mean(r)) / mean(r) for rewards of 0 and 1, all 0 where no answer succeeded; the
   * advantage of MaxRL (arXiv 2602.02710)} Its expected gradient is that of the log-likelihood of
   * success p, cut after G - 1 terms: sum_{k=0}^{G-2} (1 - p)^k grad p.
   *
   * @throws IllegalArgumentException if a reward is neither 0 nor 1
   */
  public static double[] perSuccess(double... rewards) {
    for (double reward : rewards) {
      if (reward != 0 && reward != 1) {
        throw new IllegalArgumentException("MaxRL needs rewards of 0 or 1, got " + reward);
      }
    }
    double mean = Rows.mean(rewards);
    double[] advantages = new double[rewards.length];
    for (int i = 0; mean > 0 && i < rewards.length; i++) {
      advantages[i] = (rewards[i] - mean) / mean;
    }
    return advantages;
  }

  /**
   * {@return whether the group teaches anything: false where all rewards are equal and every
   * advantage is 0. DAPO (arXiv 2503.14476) samples such prompts again}
   */
  public static boolean isInformative(double... rewards) {
    for (double reward : rewards) {
      if (reward != rewards[0]) {
        return true;
      }
    }
    return false;
  }
}
