package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Equation;

/**
 * DPO with a negative-log-likelihood term on the chosen answer (arXiv 2404.19733), -log s(beta D) -
 * alpha lw / |w|, against the fall of the chosen answer's likelihood.
 *
 * @param beta strength of the pull to the reference
 * @param alpha weight of the likelihood term, not negative; 1
 * @param length MEAN divides by the answer's length as the paper and the book do, SUM does not
 */
@Equation({"dpo_nll", "dpo_nll_expanded"})
public record DpoWithLikelihood(double beta, double alpha, AnswerLength length)
    implements PreferenceLoss {
  public DpoWithLikelihood {
    PreferenceLoss.requireBeta(beta);
    if (!(alpha >= 0)) {
      throw new IllegalArgumentException("alpha must not be negative, got " + alpha);
    }
  }

  /** The paper's form. */
  public DpoWithLikelihood(double beta, double alpha) {
    this(beta, alpha, AnswerLength.MEAN);
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    return new Dpo(beta).losses(batch).sub(batch.chosenLogprobs(length).mul(alpha));
  }
}
