package org.rlhf4j.rlhf.direct;

import java.util.Arrays;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.kl.BernoulliKl;

/**
 * Efficient exact optimisation for pairs (arXiv 2402.00856): the reverse KL, KL(q || p), between
 * the policy's preference q = (s(beta D), s(-beta D)) and the smoothed label p = (1 - e, e), where
 * DPO takes the forward one.
 *
 * @param beta strength of the pull to the reference
 * @param smoothing e, in (0, 0.5); 0 would ask for log 0
 */
public record Exo(double beta, double smoothing) implements PreferenceLoss {
  public Exo {
    PreferenceLoss.requireBeta(beta);
    if (!(smoothing > 0 && smoothing < 0.5)) {
      throw new IllegalArgumentException("smoothing must be in (0, 0.5), got " + smoothing);
    }
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    double[] label = new double[batch.size()];
    Arrays.fill(label, Math.log1p(-smoothing) - Math.log(smoothing));
    return BernoulliKl.of(batch.margin().mul(beta), batch.constant(label));
  }
}
