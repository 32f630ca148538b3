package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.LogSpace;

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
    return switch (distance) {
      case SQUARED -> implicit.sub(batch.constant(explicit)).square();
      case BACKWARD_KL -> backward(batch, implicit, explicit);
      case FORWARD_KL -> forward(batch, implicit, explicit);
    };
  }

  private static Variable backward(PreferenceBatch batch, Variable implicit, double[] explicit) {
    double[] notP = new double[explicit.length];
    double[] negativeEntropy = new double[explicit.length];
    for (int i = 0; i < notP.length; i++) {
      notP[i] = LogSpace.sigmoid(-explicit[i]);
      negativeEntropy[i] =
          LogSpace.sigmoid(explicit[i]) * LogSpace.logSigmoid(explicit[i])
              + notP[i] * LogSpace.logSigmoid(-explicit[i]);
    }
    // -p log s(a) - (1 - p) log s(-a) = softplus(-a) + (1 - p) a, which is exact for a large a too
    Variable crossEntropy = implicit.neg().softplus().add(batch.constant(notP).mul(implicit));
    return crossEntropy.add(batch.constant(negativeEntropy));
  }

  private static Variable forward(PreferenceBatch batch, Variable implicit, double[] explicit) {
    double[] logP = new double[explicit.length];
    double[] logNotP = new double[explicit.length];
    for (int i = 0; i < logP.length; i++) {
      logP[i] = LogSpace.logSigmoid(explicit[i]);
      logNotP[i] = LogSpace.logSigmoid(-explicit[i]);
    }
    Variable yes = implicit.logSigmoid();
    Variable no = implicit.neg().logSigmoid();
    return yes.exp()
        .mul(yes.sub(batch.constant(logP)))
        .add(no.exp().mul(no.sub(batch.constant(logNotP))));
  }
}
