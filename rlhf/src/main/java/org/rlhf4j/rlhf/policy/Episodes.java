package org.rlhf4j.rlhf.policy;

import org.rlhf4j.rlhf.Rows;

/**
 * A batch of sampled answers as an advantage estimator sees it. Answers to the same prompt are
 * neighbours: rows 0 to groupSize - 1 belong to the first prompt, and so on.
 *
 * @param rewards of tokens, KL penalty and score included, [batch][time]
 * @param mask true where a token was sampled, [batch][time]
 * @param groupSize answers to each prompt
 * @param values of the critic, [batch][time]; no rows where there is none
 * @param baselines reward of the greedy answer to each row's prompt, [batch]; none where not
 *     sampled
 */
public record Episodes(
    double[][] rewards, boolean[][] mask, int groupSize, double[][] values, double[] baselines) {
  public Episodes {
    Rows.requireSameShape("rewards", rewards, "mask", mask);
    if (groupSize < 1 || rewards.length % groupSize != 0) {
      throw new IllegalArgumentException(
          rewards.length + " answers cannot be cut into groups of " + groupSize);
    }
    if (values.length > 0) {
      Rows.requireSameShape("values", values, "mask", mask);
    }
    if (baselines.length > 0) {
      Rows.requireSameLength("baselines", baselines.length, "rewards", rewards.length);
    }
  }

  /** Episodes without critic and without greedy baseline. */
  public Episodes(double[][] rewards, boolean[][] mask, int groupSize) {
    this(rewards, mask, groupSize, new double[0][], new double[0]);
  }

  /** {@return these episodes with the critic's values, [batch][time]} */
  public Episodes withValues(double[][] criticValues) {
    return new Episodes(rewards, mask, groupSize, criticValues, baselines);
  }

  /** {@return these episodes with the reward of each prompt's greedy answer, [batch]} */
  public Episodes withBaselines(double... greedyRewards) {
    return new Episodes(rewards, mask, groupSize, values, greedyRewards);
  }

  /** {@return the reward of each whole answer, [batch]} */
  public double[] totals() {
    return Rows.sums(rewards, mask);
  }
}
