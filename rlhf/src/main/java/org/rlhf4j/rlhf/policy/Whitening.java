package org.rlhf4j.rlhf.policy;

import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.Variance;

/**
 * Shifts and scales the unmasked values of a batch to mean 0 and variance 1: (x - mean) / sqrt(var
 * + epsilon). Advantages are whitened with the shift; rewards keep their mean (lm-human-preferences
 * calls this shift_mean = false).
 *
 * @param variance which variance; TRL, verl and torchtune use SAMPLE, OpenRLHF and
 *     lm-human-preferences POPULATION
 * @param epsilon added to the variance, under the root; 1e-8 everywhere
 * @param keepMean whether the mean is added back after scaling
 */
public record Whitening(Variance variance, double epsilon, boolean keepMean) {
  public Whitening {
    if (!(epsilon > 0)) {
      throw new IllegalArgumentException("epsilon must be positive, got " + epsilon);
    }
  }

  /** Whitening of advantages: sample variance, mean removed. */
  public static Whitening ofAdvantages() {
    return new Whitening(Variance.SAMPLE, 1e-8, false);
  }

  /** Whitening of rewards: sample variance, mean kept. */
  public static Whitening ofRewards() {
    return new Whitening(Variance.SAMPLE, 1e-8, true);
  }

  /**
   * {@return the whitened values; 0 where masked}
   *
   * @param values [batch][time], not modified
   * @param mask true where a value counts, [batch][time]
   * @throws IllegalArgumentException if every value is masked
   */
  public double[][] apply(double[][] values, boolean[][] mask) {
    double[] kept = Rows.unmasked(values, mask);
    if (kept.length == 0) {
      throw new IllegalArgumentException("cannot whiten: every position is masked");
    }
    double mean = Rows.mean(kept);
    double scale = 1 / Math.sqrt(variance.of(kept) + epsilon);
    double[][] whitened = new double[values.length][];
    for (int i = 0; i < values.length; i++) {
      whitened[i] = new double[values[i].length];
      for (int t = 0; t < values[i].length; t++) {
        if (mask[i][t]) {
          whitened[i][t] = (values[i][t] - mean) * scale + (keepMean ? mean : 0);
        }
      }
    }
    return whitened;
  }
}
