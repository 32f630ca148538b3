package org.rlhf4j.rlhf.policy;

import java.util.Arrays;
import org.rlhf4j.rlhf.Rows;

/**
 * Weights for samples of an engine that is not quite the policy that trains (an older copy, other
 * arithmetic). From the log-ratio log old - log sampler, both of the same token, a weight that
 * multiplies the token's advantage; no gradient flows through it.
 *
 * @param level over what the ratio is taken
 * @param rule what is done with it
 */
public record OffPolicyCorrection(Level level, Rule rule) {
  /** Over what a ratio is taken. */
  public enum Level {
    /** Each token for itself: low variance, biased for whole answers. */
    TOKEN,
    /** The product over the answer: unbiased, of high variance. */
    SEQUENCE,
    /** The geometric mean over the answer: no importance weight, but a good test of trust. */
    GEOMETRIC_MEAN
  }

  /** What is done with a ratio. */
  public sealed interface Rule {
    /** {@return the weight} */
    double weight(double ratio);
  }

  /** The ratio itself: unbiased where the level is. */
  public record Plain() implements Rule {
    @Override
    public double weight(double ratio) {
      return ratio;
    }
  }

  /** min(ratio, cap), truncated importance sampling (TIS). */
  public record Truncated(double cap) implements Rule {
    public Truncated {
      if (!(cap > 0)) {
        throw new IllegalArgumentException("cap must be positive, got " + cap);
      }
    }

    @Override
    public double weight(double ratio) {
      return Math.min(ratio, cap);
    }
  }

  /** The ratio inside [low, high], else 0: masked importance sampling (MIS, IcePop). */
  public record Masked(double low, double high) implements Rule {
    public Masked {
      requireRange(low, high);
    }

    @Override
    public double weight(double ratio) {
      return ratio >= low && ratio <= high ? ratio : 0;
    }
  }

  /** 1 inside [low, high], else 0: rejects without weighting. */
  public record Kept(double low, double high) implements Rule {
    public Kept {
      requireRange(low, high);
    }

    @Override
    public double weight(double ratio) {
      return ratio >= low && ratio <= high ? 1 : 0;
    }
  }

  /**
   * {@return weights, [batch][time]; 0 where masked}
   *
   * @param old log-probabilities of the training policy before the update, [batch][time]
   * @param sampler log-probabilities as the sampling engine saw them, [batch][time]
   * @param mask true where the token was sampled, [batch][time]
   */
  public double[][] weights(double[][] old, double[][] sampler, boolean[][] mask) {
    Rows.requireSameShape("old logprobs", old, "mask", mask);
    Rows.requireSameShape("sampler logprobs", sampler, "mask", mask);
    double[][] weights = new double[mask.length][];
    for (int i = 0; i < mask.length; i++) {
      double[] logRatios = logRatios(old[i], sampler[i], mask[i]);
      weights[i] = new double[logRatios.length];
      for (int t = 0; t < logRatios.length; t++) {
        weights[i][t] = mask[i][t] ? rule.weight(Math.exp(logRatios[t])) : 0;
      }
    }
    return weights;
  }

  private double[] logRatios(double[] old, double[] sampler, boolean[] mask) {
    double[] logRatios = new double[mask.length];
    for (int t = 0; t < mask.length; t++) {
      logRatios[t] = mask[t] ? old[t] - sampler[t] : 0;
    }
    if (level != Level.TOKEN) {
      double sum = Rows.sum(logRatios);
      int tokens = Math.max(1, Rows.count(mask));
      Arrays.fill(logRatios, level == Level.SEQUENCE ? sum : sum / tokens);
    }
    return logRatios;
  }

  private static void requireRange(double low, double high) {
    if (!(low >= 0 && low <= 1 && high >= 1)) {
      throw new IllegalArgumentException(
          "a trusted range must contain 1, got [" + low + ", " + high + "]");
    }
  }
}
