package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

/**
 * Contrastive preference optimisation (arXiv 2401.08417): DPO with a uniform reference, which drops
 * out, and a likelihood term to keep the chosen answer likely, -log s(beta (lw - ll)) - weight *
 * lw.
 *
 * @param beta scale of the reward
 * @param likelihoodWeight weight of the likelihood term, not negative; 1
 * @param length of the likelihood term: SUM as in the paper, MEAN per token
 */
public record Cpo(double beta, double likelihoodWeight, AnswerLength length)
    implements PreferenceLoss {
  public Cpo {
    PreferenceLoss.requireBeta(beta);
    if (!(likelihoodWeight >= 0)) {
      throw new IllegalArgumentException(
          "likelihoodWeight must not be negative, got " + likelihoodWeight);
    }
  }

  /** The paper's form. */
  public Cpo(double beta) {
    this(beta, 1, AnswerLength.SUM);
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    Variable contrast = batch.policy().margin().mul(beta).logSigmoid().neg();
    return contrast.sub(batch.chosenLogprobs(length).mul(likelihoodWeight));
  }
}
