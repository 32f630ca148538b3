package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.kl.BernoulliKl;

/**
 * Reward-aware preference optimisation, RPO (arXiv 2406.11704, 2502.00203): a distance between the
 * implicit margin a = beta D and the explicit one b = eta (score_chosen - score_rejected).
 *
 * <pre>
 * SQUARED      (a - b)^2
 * BACKWARD_KL  KL( Bernoulli(s(b)) || Bernoulli(s(a)) )      Nemotron-4's
 * FORWARD_KL   KL( Bernoulli(s(a)) || Bernoulli(s(b)) )
 * </pre>
 *
 * <p>All three vanish exactly where a = b. DPO is the limit of BACKWARD_KL for an infinite b.
 *
 * @param beta strength of the pull to the reference
 * @param eta scale of the scores, positive
 * @param distance which one
 */
public record RewardAwarePo(double beta, double eta, Distance distance) implements PreferenceLoss {
  /** The distance between two margins. */
  public enum Distance {
    SQUARED,
    BACKWARD_KL,
    FORWARD_KL
  }

  public RewardAwarePo {
    PreferenceLoss.requireBeta(beta);
    if (!(eta > 0)) {
      throw new IllegalArgumentException("eta must be positive, got " + eta);
    }
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    Variable implicit = batch.margin().mul(beta);
    double[] explicit = batch.scores().differences();
    for (int i = 0; i < explicit.length; i++) {
      explicit[i] *= eta;
    }
    Variable target = batch.constant(explicit);
    return switch (distance) {
      case SQUARED -> implicit.sub(target).square();
      case BACKWARD_KL -> BernoulliKl.of(target, implicit);
      case FORWARD_KL -> BernoulliKl.of(implicit, target);
    };
  }
}
