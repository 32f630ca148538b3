package org.rlhf4j.rlhf.verify;

import java.util.Arrays;
import org.rlhf4j.rlhf.Rows;

/**
 * Rewards of how long an answer is, in tokens. For DAPO's soft overlong penalty see {@link
 * org.rlhf4j.rlhf.reward.RewardShaping#overlong}.
 */
public final class LengthReward {
  private LengthReward() {}

  /**
   * Kimi k1.5's length reward within a group of answers to one problem (arXiv 2501.12599): the
   * shortest gets 1/2, the longest -1/2, but a wrong answer never gains by being short.
   *
   * <pre>
   * lambda_i = 1/2 - (length_i - shortest) / (longest - shortest)
   * reward_i = lambda_i if correct, min(0, lambda_i) if not; 0 for all if all lengths are equal
   * </pre>
   *
   * @param lengths at least one, [group]
   */
  public static double[] withinGroup(int[] lengths, boolean[] correct) {
    Rows.requireSameLength("lengths", lengths.length, "correct", correct.length);
    int shortest = Arrays.stream(lengths).min().orElseThrow(LengthReward::emptyGroup);
    int longest = Arrays.stream(lengths).max().orElseThrow(LengthReward::emptyGroup);
    double[] rewards = new double[lengths.length];
    for (int i = 0; i < rewards.length && longest > shortest; i++) {
      double lambda = 0.5 - (lengths[i] - shortest) / (double) (longest - shortest);
      rewards[i] = correct[i] ? lambda : Math.min(0, lambda);
    }
    return rewards;
  }

  /**
   * {@return -weight |length - target|, which teaches a model to use the length it is asked for
   * (LCPO-Exact, arXiv 2503.04697)}
   *
   * @param weight not negative; 0.0003 in the paper
   */
  public static double towardsTarget(int length, int target, double weight) {
    if (!(weight >= 0)) {
      throw new IllegalArgumentException("weight must not be negative, got " + weight);
    }
    return -weight * Math.abs(length - target);
  }

  /**
   * The cosine reward (arXiv 2502.03373): from {@code atZero} for an empty answer to {@code atMost}
   * for one of maxLength tokens along half a cosine. Right answers are given falling values, wrong
   * ones rising values, so that a model thinks longer only where it must.
   *
   * <pre>
   * reward = atMost + (atZero - atMost) (1 + cos(pi length / maxLength)) / 2
   * </pre>
   *
   * @param length in 0..maxLength
   */
  public static double cosine(int length, int maxLength, double atZero, double atMost) {
    if (length < 0 || length > maxLength || maxLength == 0) {
      throw new IllegalArgumentException(
          "length must be in 0..maxLength and maxLength positive, got %d and %d"
              .formatted(length, maxLength));
    }
    double share = (1 + Math.cos(Math.PI * length / maxLength)) / 2;
    return atMost + (atZero - atMost) * share;
  }

  private static IllegalArgumentException emptyGroup() {
    return new IllegalArgumentException("a group needs at least one answer");
  }
}
