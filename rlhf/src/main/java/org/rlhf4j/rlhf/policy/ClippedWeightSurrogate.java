package org.rlhf4j.rlhf.policy;

import org.rlhf4j.autograd.Variable;

/**
 * CISPO (arXiv 2506.13585): [clip(ratio, floor, ceiling)] A log pi, the bracket a constant.
 * Clipping the weight instead of the objective keeps the gradient of every token.
 *
 * <p>Implementations disagree about the number they are given: TRL's epsilon_high is the ceiling
 * itself (5 is recommended), open-instruct's ceiling is 1 + epsilon_high, the book's code clips
 * both sides at 1 -+ epsilon. Here floor and ceiling are the bounds themselves; {@link #around} is
 * the second convention.
 *
 * @param floor least weight, not negative; 0 for none
 * @param ceiling largest weight, at least 1
 */
public record ClippedWeightSurrogate(double floor, double ceiling) implements Surrogate {
  public ClippedWeightSurrogate {
    if (!(floor >= 0 && floor <= 1)) {
      throw new IllegalArgumentException("floor must be in [0, 1], got " + floor);
    }
    if (!(ceiling >= 1)) {
      throw new IllegalArgumentException("ceiling must be at least 1, got " + ceiling);
    }
  }

  /** Clips the weight at ceiling only, as the paper does. */
  public static ClippedWeightSurrogate below(double ceiling) {
    return new ClippedWeightSurrogate(0, ceiling);
  }

  /** Clips the weight to [1 - low, 1 + high]. */
  public static ClippedWeightSurrogate around(double low, double high) {
    return new ClippedWeightSurrogate(1 - low, 1 + high);
  }

  @Override
  public Variable objective(Variable logRatio, Variable logprobs, Variable advantages) {
    Variable weight = logRatio.detach().exp().clamp(floor, ceiling);
    return logprobs.mul(advantages).mul(weight);
  }

  @Override
  public boolean holdsLow(double ratio, double advantage) {
    return ratio < floor;
  }

  @Override
  public boolean holdsHigh(double ratio, double advantage) {
    return ratio > ceiling;
  }
}
