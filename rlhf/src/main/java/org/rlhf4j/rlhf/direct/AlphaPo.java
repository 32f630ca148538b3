package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

/**
 * AlphaPO (arXiv 2501.03884): SimPO with a reward of another shape, r(p) = (1 - p^-alpha) / alpha
 * of the geometric-mean probability p of the answer's tokens. alpha = 0 is log p, that is SimPO;
 * alpha > 0 punishes improbable answers more.
 *
 * <p>p^-alpha is held at e^80, far beyond where the sigmoid is 0 or 1, so that single precision
 * does not overflow.
 *
 * @param beta scale of the reward
 * @param gamma target margin, not negative
 * @param alpha shape of the reward
 */
public record AlphaPo(double beta, double gamma, double alpha) implements PreferenceLoss {
  private static final double LARGEST_EXPONENT = 80;

  public AlphaPo {
    PreferenceLoss.requireBeta(beta);
    if (!(gamma >= 0)) {
      throw new IllegalArgumentException("gamma must not be negative, got " + gamma);
    }
    if (!Double.isFinite(alpha)) {
      throw new IllegalArgumentException("alpha must be finite, got " + alpha);
    }
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    PairLogprobs mean = batch.meanLogprobs();
    return reward(mean.chosen())
        .sub(reward(mean.rejected()))
        .mul(beta)
        .sub(gamma)
        .logSigmoid()
        .neg();
  }

  private Variable reward(Variable meanLogprobs) {
    return alpha == 0
        ? meanLogprobs
        : meanLogprobs.mul(-alpha).min(LARGEST_EXPONENT).expm1().mul(-1 / alpha);
  }
}
