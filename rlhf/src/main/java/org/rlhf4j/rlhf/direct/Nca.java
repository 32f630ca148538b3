package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

/**
 * Noise-contrastive alignment for pairs (arXiv 2402.05369), -log s(beta dw) - 1/2 log s(-beta dw) -
 * 1/2 log s(-beta dl): the absolute rewards are fitted, not only their difference.
 *
 * @param beta strength of the pull to the reference
 */
public record Nca(double beta) implements PreferenceLoss {
  public Nca {
    PreferenceLoss.requireBeta(beta);
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    Variable chosen = batch.chosenLogRatio().mul(beta);
    Variable rejected = batch.rejectedLogRatio().mul(beta);
    Variable noise = chosen.neg().logSigmoid().add(rejected.neg().logSigmoid()).mul(0.5);
    return chosen.logSigmoid().add(noise).neg();
  }
}
