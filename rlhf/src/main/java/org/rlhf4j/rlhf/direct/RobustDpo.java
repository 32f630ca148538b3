package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

/**
 * Robust DPO (arXiv 2403.00409): [-(1 - e) log s(beta D) + e log s(-beta D)] / (1 - 2e). Over
 * labels that are flipped with probability e its expectation is the DPO loss of the true labels.
 * Unlike {@link ConservativeDpo} it subtracts the flipped loss, and is unbounded below. The only
 * place where TRL's label_smoothing of DPO acts.
 *
 * @param beta strength of the pull to the reference
 * @param flipped e, the probability of a wrong label, in [0, 0.5)
 */
public record RobustDpo(double beta, double flipped) implements PreferenceLoss {
  public RobustDpo {
    PreferenceLoss.requireBeta(beta);
    if (!(flipped >= 0 && flipped < 0.5)) {
      throw new IllegalArgumentException("flipped must be in [0, 0.5), got " + flipped);
    }
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    Variable logits = batch.margin().mul(beta);
    return logits
        .logSigmoid()
        .mul(flipped - 1)
        .add(logits.neg().logSigmoid().mul(flipped))
        .mul(1 / (1 - 2 * flipped));
  }
}
