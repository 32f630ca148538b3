package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

/**
 * Anchored preference optimisation, zero (arXiv 2408.06266), 1 - s(beta dw) + s(beta dl): the
 * chosen answer's likelihood rises and the rejected one's falls, each on its own. For chosen
 * answers that are better than the policy's. The book's code leaves out the constant 1.
 *
 * @param beta strength of the pull to the reference
 */
public record ApoZero(double beta) implements PreferenceLoss {
  public ApoZero {
    PreferenceLoss.requireBeta(beta);
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    // 1 - s(x) = s(-x)
    return batch
        .chosenLogRatio()
        .mul(-beta)
        .sigmoid()
        .add(batch.rejectedLogRatio().mul(beta).sigmoid());
  }
}
