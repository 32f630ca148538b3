package org.rlhf4j.rlhf.policy;

import org.rlhf4j.autograd.Variable;

/**
 * TOPR (arXiv 2503.14286): good answers are learned from as they are, bad ones with a weight that
 * falls with their probability,
 *
 * <pre>
 * A log pi                       where A >= 0
 * [min(ratio, 1)] A log pi       where A < 0, the bracket a constant
 * </pre>
 *
 * so that old bad answers, which the policy no longer gives, stop pushing. Meant for the ratio of
 * whole answers, {@link ImportanceRatio#SEQUENCE}.
 */
public record TaperedSurrogate() implements Surrogate {
  @Override
  public Variable objective(Variable logRatio, Variable logprobs, Variable advantages) {
    Variable weight = logRatio.detach().min(0).exp();
    Variable good = advantages.max(0);
    Variable bad = advantages.min(0);
    return good.add(bad.mul(weight)).mul(logprobs);
  }

  @Override
  public boolean holdsHigh(double ratio, double advantage) {
    return ratio > 1 && advantage < 0;
  }
}
