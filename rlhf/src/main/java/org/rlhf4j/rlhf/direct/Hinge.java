package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

/**
 * The hinge in place of DPO's logarithm, max(0, 1 - beta D) (RSO, arXiv 2309.06657): a pair whose
 * margin reached 1 / beta teaches nothing more.
 *
 * @param beta scale of the margin
 */
public record Hinge(double beta) implements PreferenceLoss {
  public Hinge {
    PreferenceLoss.requireBeta(beta);
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    return batch.margin().mul(-beta).add(1).relu();
  }
}
