package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

/**
 * Self-play preference optimisation with hard labels (arXiv 2405.00675), (dw - 1/(2 beta))^2 + (dl
 * + 1/(2 beta))^2: one step of a game whose Nash equilibrium is the preferred policy.
 *
 * @param beta sets the step, which is 1 / beta
 */
public record Sppo(double beta) implements PreferenceLoss {
  public Sppo {
    PreferenceLoss.requireBeta(beta);
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    double target = 1 / (2 * beta);
    return batch
        .chosenLogRatio()
        .sub(target)
        .square()
        .add(batch.rejectedLogRatio().add(target).square());
  }
}
