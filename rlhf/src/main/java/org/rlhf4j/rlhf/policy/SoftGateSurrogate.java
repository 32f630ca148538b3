package org.rlhf4j.rlhf.policy;

import org.rlhf4j.autograd.Variable;

/**
 * SAPO (arXiv 2511.20347): (4 / tau) sigmoid(tau (ratio - 1)) A, a smooth gate in place of the
 * clip. Its slope is 1 at ratio 1 and falls off on both sides, faster for a larger tau. Its
 * <em>value</em> at ratio 1 is 2 A / tau; only the gradient there is the policy gradient's.
 *
 * @param tauPositive temperature where A > 0; 1.0
 * @param tauNegative temperature where A <= 0; 1.05, a little stricter
 */
public record SoftGateSurrogate(double tauPositive, double tauNegative) implements Surrogate {
  public SoftGateSurrogate {
    if (!(tauPositive > 0 && tauNegative > 0)) {
      throw new IllegalArgumentException(
          "temperatures must be positive, got " + tauPositive + " and " + tauNegative);
    }
  }

  @Override
  public Variable objective(Variable logRatio, Variable logprobs, Variable advantages) {
    Variable positive = advantages.mul(0).add(tauPositive);
    Variable temperature = positive.masked(advantages.relu().value(), tauNegative);
    Variable gate = logRatio.expm1().mul(temperature).sigmoid();
    return gate.mul(advantages).mul(temperature.reciprocal()).mul(4);
  }
}
