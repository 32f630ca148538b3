package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

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
    Variable logits = batch.margin().mul(beta);
    Variable yes = logits.logSigmoid();
    Variable no = logits.neg().logSigmoid();
    return yes.exp()
        .mul(yes.sub(Math.log1p(-smoothing)))
        .add(no.exp().mul(no.sub(Math.log(smoothing))));
  }
}
