package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

/**
 * Simple preference optimisation (arXiv 2405.14734), -log s(beta (lw - ll) - gamma) with the mean
 * log-probabilities lw, ll of the answers' tokens; no reference policy.
 *
 * <p>gamma is the margin itself, as in the paper and in TRL (simpo_gamma). The authors' code,
 * open-instruct and the book's code are given the ratio gamma / beta instead; see {@link #ofRatio}.
 *
 * @param beta scale of the reward; 2 to 10
 * @param gamma target margin, not negative
 */
public record SimPo(double beta, double gamma) implements PreferenceLoss {
  public SimPo {
    PreferenceLoss.requireBeta(beta);
    if (!(gamma >= 0)) {
      throw new IllegalArgumentException("gamma must not be negative, got " + gamma);
    }
  }

  /** The same loss from gamma / beta. */
  public static SimPo ofRatio(double beta, double ratio) {
    return new SimPo(beta, beta * ratio);
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    return batch.meanLogprobs().margin().mul(beta).sub(gamma).logSigmoid().neg();
  }
}
