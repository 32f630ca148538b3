package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

/**
 * REBEL (arXiv 2404.16767), (D / eta - (score_chosen - score_rejected))^2: reinforcement learning
 * as the regression of relative rewards. With the sampling policy as reference, its exact minimiser
 * is the mirror-descent step pi proportional to ref exp(eta score).
 *
 * @param eta step size, positive
 */
public record Rebel(double eta) implements PreferenceLoss {
  public Rebel {
    if (!(eta > 0)) {
      throw new IllegalArgumentException("eta must be positive, got " + eta);
    }
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    return batch.margin().mul(1 / eta).sub(batch.constant(batch.scores().differences())).square();
  }
}
