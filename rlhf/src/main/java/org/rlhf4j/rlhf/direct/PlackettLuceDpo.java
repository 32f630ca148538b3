package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.reward.PlackettLuceLoss;

/**
 * DPO for a ranking of K answers (arXiv 2305.18290, appendix): the Plackett-Luce loss of the
 * implicit rewards beta log(pi / ref), best answer first. K = 2 is DPO, and that is what a pair is
 * given.
 *
 * @param beta strength of the pull to the reference
 */
public record PlackettLuceDpo(double beta) implements PreferenceLoss {
  public PlackettLuceDpo {
    PreferenceLoss.requireBeta(beta);
  }

  /**
   * {@return the loss of each ranking, [batch]}
   *
   * @param logRatios policy - reference of the answers, best first, [batch, K]
   */
  public Variable losses(Variable logRatios) {
    return PlackettLuceLoss.losses(logRatios.mul(beta));
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    return losses(batch.logRatios());
  }
}
