package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

/**
 * Calibrated DPO (arXiv 2412.14516), -log s(D) + (dw - 1/(2 beta))^2 + (dl + 1/(2 beta))^2: the
 * contrast fixes the difference of the implicit rewards, the squares their level, so that the
 * chosen answer cannot become less likely. The contrast carries no beta.
 *
 * @param beta sets the level of the rewards
 */
public record CalDpo(double beta) implements PreferenceLoss {
  public CalDpo {
    PreferenceLoss.requireBeta(beta);
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    Variable contrast = batch.margin().logSigmoid().neg();
    double target = 1 / (2 * beta);
    return contrast
        .add(batch.chosenLogRatio().sub(target).square())
        .add(batch.rejectedLogRatio().add(target).square());
  }
}
