package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

/**
 * Anchored preference optimisation, down (arXiv 2408.06266), s(beta dw) + 1 - s(beta D): both
 * answers become less likely, the rejected one more so. For chosen answers that are worse than the
 * policy's. The book's code leaves out the constant 1.
 *
 * @param beta strength of the pull to the reference
 */
public record ApoDown(double beta) implements PreferenceLoss {
  public ApoDown {
    PreferenceLoss.requireBeta(beta);
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    // 1 - s(x) = s(-x)
    return batch.chosenLogRatio().mul(beta).sigmoid().add(batch.margin().mul(-beta).sigmoid());
  }
}
