package org.rlhf4j.rlhf.policy;

import org.rlhf4j.autograd.Variable;

/**
 * PPO's objective with a floor for negative advantages, max( min(ratio A, clip(ratio) A), bound * A
 * ) where A < 0 (arXiv 1912.09729). A token that became far likelier although it was bad would
 * otherwise give an unbounded loss; beyond ratio = bound its gradient is zero.
 *
 * @param bound largest ratio that counts for a negative advantage, above 1 + high; verl uses 3
 */
public record DualClippedSurrogate(double low, double high, double bound) implements Surrogate {
  public DualClippedSurrogate {
    ClippedSurrogate.requireRange(low, high);
    if (!(bound > 1 + high)) {
      throw new IllegalArgumentException(
          "bound must be above 1 + high = " + (1 + high) + ", got " + bound);
    }
  }

  @Override
  public Variable objective(Variable logRatio, Variable logprobs, Variable advantages) {
    Variable clipped = new ClippedSurrogate(low, high).objective(logRatio, logprobs, advantages);
    // bound * A where A < 0; where A >= 0 the floor bound * -|A| lies below every clipped value
    Variable floor = advantages.abs().mul(-bound);
    return clipped.max(floor);
  }

  @Override
  public boolean holdsLow(double ratio, double advantage) {
    return ratio < 1 - low && advantage < 0;
  }

  @Override
  public boolean holdsHigh(double ratio, double advantage) {
    return (ratio > 1 + high && advantage > 0) || (ratio > bound && advantage < 0);
  }
}
