package org.rlhf4j.rlhf.policy;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Equation;

/**
 * PPO's objective, min( ratio A, clip(ratio, 1 - low, 1 + high) A ) (arXiv 1707.06347). It stops
 * rewarding a token once its ratio has left the interval in the direction the advantage asks for:
 * the gradient is then zero, not merely bounded. In the other direction nothing is clipped.
 *
 * @param low how far the ratio may fall, in (0, 1); 0.2
 * @param high how far it may rise, positive; 0.2, or 0.28 in DAPO ("clip-higher", arXiv 2503.14476)
 */
@Equation({"PPO_EQN", "PPO_CASE1", "PPO_CASE2", "PPO_CASE3", "PPO_CASE4", "PPO_CASE5", "PPO_CASE6"})
public record ClippedSurrogate(double low, double high) implements Surrogate {
  public ClippedSurrogate {
    requireRange(low, high);
  }

  /** The symmetric interval. */
  public ClippedSurrogate(double clipRange) {
    this(clipRange, clipRange);
  }

  @Override
  public Variable objective(Variable logRatio, Variable logprobs, Variable advantages) {
    Variable ratio = logRatio.exp();
    return ratio.mul(advantages).min(ratio.clamp(1 - low, 1 + high).mul(advantages));
  }

  @Override
  public boolean holdsLow(double ratio, double advantage) {
    return ratio < 1 - low && advantage < 0;
  }

  @Override
  public boolean holdsHigh(double ratio, double advantage) {
    return ratio > 1 + high && advantage > 0;
  }

  static void requireRange(double low, double high) {
    if (!(low > 0 && low < 1)) {
      throw new IllegalArgumentException("low must be in (0, 1), got " + low);
    }
    if (!(high > 0)) {
      throw new IllegalArgumentException("high must be positive, got " + high);
    }
  }
}
