package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

/**
 * Sequence likelihood calibration, SLiC-HF (arXiv 2305.10425), max(0, delta - lw + ll) - weight *
 * lw: a hinge on log-probabilities, without a reference policy, and a likelihood term in its place.
 *
 * @param delta target margin, positive; 1
 * @param likelihoodWeight weight of the likelihood term, not negative; 0.1
 */
public record Slic(double delta, double likelihoodWeight) implements PreferenceLoss {
  public Slic {
    if (!(delta > 0)) {
      throw new IllegalArgumentException("delta must be positive, got " + delta);
    }
    if (!(likelihoodWeight >= 0)) {
      throw new IllegalArgumentException(
          "likelihoodWeight must not be negative, got " + likelihoodWeight);
    }
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    Variable hinge = batch.policy().margin().neg().add(delta).relu();
    return hinge.sub(batch.policy().chosen().mul(likelihoodWeight));
  }
}
