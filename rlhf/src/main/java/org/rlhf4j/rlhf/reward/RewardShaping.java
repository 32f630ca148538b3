package org.rlhf4j.rlhf.reward;

import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.Variance;

/** What is done to a score between the reward model and the policy update. */
public final class RewardShaping {
  private RewardShaping() {}

  /** {@return the scores limited to [-limit, limit]; OpenRLHF uses 10} */
  public static double[] clipped(double[] scores, double limit) {
    if (!(limit > 0)) {
      throw new IllegalArgumentException("limit must be positive, got " + limit);
    }
    double[] clipped = new double[scores.length];
    for (int i = 0; i < scores.length; i++) {
      clipped[i] = Math.clamp(scores[i], -limit, limit);
    }
    return clipped;
  }

  /**
   * {@return gain and bias after which the given scores have mean 0 and deviation 1} With scores of
   * the reference policy this is the normalisation of lm-human-preferences.
   *
   * @throws IllegalArgumentException if all scores are equal
   */
  public static Affine normalization(double... referenceScores) {
    double deviation = Variance.POPULATION.deviation(referenceScores);
    if (!(deviation > 0)) {
      throw new IllegalArgumentException("scores that are all equal cannot be normalised");
    }
    double gain = 1 / deviation;
    return new Affine(gain, -gain * Rows.mean(referenceScores));
  }

  /** score -> gain * score + bias. */
  public record Affine(double gain, double bias) {
    public double apply(double score) {
      return gain * score + bias;
    }
  }

  /**
   * Takes the penalty from each answer that was cut off before it ended, so that a policy learns to
   * stop.
   *
   * @param finished whether the answer ended with the token that ends <em>generation</em> (which
   *     need not be the tokenizer's EOS), [batch]
   * @param penalty not negative
   */
  public static double[] penalizeUnfinished(double[] scores, boolean[] finished, double penalty) {
    Rows.requireSameLength("scores", scores.length, "finished", finished.length);
    requirePenalty(penalty);
    double[] shaped = scores.clone();
    for (int i = 0; i < scores.length; i++) {
      shaped[i] -= finished[i] ? 0 : penalty;
    }
    return shaped;
  }

  /**
   * Replaces the score of each unfinished answer: its reward-model score is out of distribution.
   * lm-human-preferences uses -1, torchtune -3.
   */
  public static double[] replaceUnfinished(
      double[] scores, boolean[] finished, double replacement) {
    Rows.requireSameLength("scores", scores.length, "finished", finished.length);
    double[] shaped = scores.clone();
    for (int i = 0; i < scores.length; i++) {
      shaped[i] = finished[i] ? scores[i] : replacement;
    }
    return shaped;
  }

  /**
   * Masks every token of the unfinished answers, so that they teach nothing (DAPO's overlong
   * filtering).
   *
   * @return the new mask, [batch][time]
   */
  public static boolean[][] maskUnfinished(boolean[][] mask, boolean[] finished) {
    Rows.requireSameLength("mask", mask.length, "finished", finished.length);
    boolean[][] masked = new boolean[mask.length][];
    for (int i = 0; i < mask.length; i++) {
      masked[i] = finished[i] ? mask[i].clone() : new boolean[mask[i].length];
    }
    return masked;
  }

  /**
   * {@return DAPO's soft overlong penalty (arXiv 2503.14476), added to the reward: 0 up to
   * maxLength - buffer, then falling linearly to -1 at maxLength, -1 beyond}
   *
   * @param length tokens of the answer
   * @param buffer length of the slope, in 1..maxLength
   */
  public static double overlong(int length, int maxLength, int buffer) {
    if (buffer < 1 || buffer > maxLength) {
      throw new IllegalArgumentException(
          "buffer must be in 1.." + maxLength + " (maxLength), got " + buffer);
    }
    return Math.clamp((maxLength - buffer - length) / (double) buffer, -1.0, 0.0);
  }

  private static void requirePenalty(double penalty) {
    if (!(penalty >= 0)) {
      throw new IllegalArgumentException("penalty must not be negative, got " + penalty);
    }
  }
}
