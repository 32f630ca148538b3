package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

/**
 * DPO with an offset (arXiv 2402.10571), -log s(beta D - alpha log(score_chosen - score_rejected)):
 * the more the chosen answer is better, the larger the margin asked for.
 *
 * @param beta strength of the pull to the reference
 * @param alpha weight of the offset, not negative; 0 is DPO
 */
public record Odpo(double beta, double alpha) implements PreferenceLoss {
  public Odpo {
    PreferenceLoss.requireBeta(beta);
    if (!(alpha >= 0)) {
      throw new IllegalArgumentException("alpha must not be negative, got " + alpha);
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if a chosen score is not above the rejected one
   */
  @Override
  public Variable losses(PreferenceBatch batch) {
    double[] offsets = batch.scores().differences();
    for (int i = 0; i < offsets.length; i++) {
      if (!(offsets[i] > 0)) {
        throw new IllegalArgumentException(
            "the chosen score of pair "
                + i
                + " must be above the rejected one, got a difference of "
                + offsets[i]);
      }
      offsets[i] = alpha * Math.log(offsets[i]);
    }
    return batch.margin().mul(beta).sub(batch.constant(offsets)).logSigmoid().neg();
  }
}
