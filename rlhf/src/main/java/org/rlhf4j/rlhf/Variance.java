package org.rlhf4j.rlhf;

/**
 * Which variance a normalisation divides by. Implementations disagree, so nothing here has a silent
 * default: TRL, verl and torchtune whiten with {@link #SAMPLE}; lm-human-preferences and OpenRLHF
 * whiten with {@link #POPULATION}; the GRPO group deviation is {@link #SAMPLE} in TRL, verl and
 * OpenRLHF and {@link #POPULATION} in open-instruct.
 */
public enum Variance {
  /** sum (x - mean)^2 / (n - 1); one value has variance 0. */
  SAMPLE,
  /** sum (x - mean)^2 / n. */
  POPULATION;

  /**
   * {@return the variance of the values, computed in two passes so that a large mean costs no
   * digits}
   *
   * @throws IllegalArgumentException if there are no values
   */
  public double of(double... values) {
    double mean = Rows.mean(values);
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    int n = values.length;
    return switch (this) {
      case POPULATION -> squares / n;
      case SAMPLE -> n == 1 ? 0 : squares / (n - 1);
    };
  }

  /** {@return square root of the variance} */
  public double deviation(double... values) {
    return Math.sqrt(of(values));
  }
}
