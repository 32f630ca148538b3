package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

/**
 * DiscoPOP (arXiv 2406.08414), a loss found by a language model: between DPO and the exponential
 * loss, with L = beta D and the gate m = s(L / tau),
 *
 * <pre>
 * -(1 - m) log s(L) + m e^-L
 * </pre>
 *
 * <p>The second term is written e^(log m - L), which cannot overflow where m is tiny. The loss is
 * not convex: it has a bump near L = 0.
 *
 * @param beta strength of the pull to the reference
 * @param tau sharpness of the gate, in (0, 1); 0.05
 */
public record DiscoPop(double beta, double tau) implements PreferenceLoss {
  public DiscoPop {
    PreferenceLoss.requireBeta(beta);
    if (!(tau > 0 && tau < 1)) {
      throw new IllegalArgumentException("tau must be in (0, 1), got " + tau);
    }
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    Variable logits = batch.margin().mul(beta);
    Variable scaled = logits.mul(1 / tau);
    Variable logistic = scaled.neg().sigmoid().mul(logits.logSigmoid()).neg();
    Variable exponential = scaled.logSigmoid().sub(logits).exp();
    return logistic.add(exponential);
  }
}
