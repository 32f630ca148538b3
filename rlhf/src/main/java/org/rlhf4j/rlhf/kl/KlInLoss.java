package org.rlhf4j.rlhf.kl;

import org.rlhf4j.autograd.Variable;

/**
 * A KL penalty added to the loss of every token, beta * estimator(log pi - log ref).
 *
 * <p>Weighting by the ratio pi / old, with the gradient flowing through the ratio as well, makes an
 * unbiased value of any policy's samples, and makes the expected gradient of K1 and of K3 that of
 * KL(pi || ref). Published GRPO does not weight (and so descends KL(ref || pi)); TRL calls the
 * weight use_bias_correction_kl.
 *
 * @param estimator of the divergence
 * @param coefficient beta, not negative
 * @param ratioWeighted whether each token's estimate is multiplied by pi / old
 */
public record KlInLoss(KlEstimator estimator, double coefficient, boolean ratioWeighted)
    implements KlPenalty {
  /**
   * Log-ratios beyond it count as it, without a gradient. The product of two ratios, that of the
   * weight and that of the estimate, is still a float.
   */
  public static final double LARGEST_LOG_RATIO = 40;

  public KlInLoss {
    if (!(coefficient >= 0)) {
      throw new IllegalArgumentException("KL coefficient must not be negative, got " + coefficient);
    }
  }

  /** The estimator as it is, without the weight. */
  public KlInLoss(KlEstimator estimator, double coefficient) {
    this(estimator, coefficient, false);
  }

  /**
   * {@return beta * estimate of every token, [batch, time]}
   *
   * @param logprobs log pi, [batch, time]
   * @param old log-probabilities of the policy that sampled, [batch, time]
   * @param reference log-probabilities of the reference policy, [batch, time]
   */
  public Variable penalty(Variable logprobs, Variable old, Variable reference) {
    Variable estimate = estimator.of(held(logprobs.sub(reference)));
    Variable weighted = ratioWeighted ? held(logprobs.sub(old)).exp().mul(estimate) : estimate;
    return weighted.mul(coefficient);
  }

  private static Variable held(Variable logRatio) {
    return logRatio.clamp(-LARGEST_LOG_RATIO, LARGEST_LOG_RATIO);
  }
}
