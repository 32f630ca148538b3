package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

/**
 * DPO per token, -log s(beta (dw / |w| - dl / |l|)): removes the advantage that long answers have
 * in a sum (open-instruct's dpo_norm, Tulu 3, with beta 5). Wants a larger beta than DPO.
 *
 * @param beta strength of the pull to the reference
 */
public record LengthNormalizedDpo(double beta) implements PreferenceLoss {
  public LengthNormalizedDpo {
    PreferenceLoss.requireBeta(beta);
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    return batch.meanMargin().mul(beta).logSigmoid().neg();
  }
}
