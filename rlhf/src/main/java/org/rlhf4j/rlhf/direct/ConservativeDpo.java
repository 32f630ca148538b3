package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

/**
 * Conservative DPO (E. Mitchell's note on cDPO, 2023): a label is wrong with probability e, so the
 * target is a soft one, -(1 - e) log s(beta D) - e log s(-beta D). The optimum is no longer
 * infinite but s(beta D) = 1 - e. Label smoothing in OpenRLHF, torchtune and open-instruct.
 *
 * @param beta strength of the pull to the reference
 * @param flipped e, the probability of a wrong label, in [0, 0.5]
 */
public record ConservativeDpo(double beta, double flipped) implements PreferenceLoss {
  public ConservativeDpo {
    PreferenceLoss.requireBeta(beta);
    if (!(flipped >= 0 && flipped <= 0.5)) {
      throw new IllegalArgumentException("flipped must be in [0, 0.5], got " + flipped);
    }
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    Variable logits = batch.margin().mul(beta);
    return logits.logSigmoid().mul(flipped - 1).sub(logits.neg().logSigmoid().mul(flipped));
  }
}
