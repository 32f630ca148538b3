package org.rlhf4j.rlhf.policy;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Equation;

/**
 * ratio * A. With {@link ImportanceRatio#NONE} its gradient is A grad log pi, the policy gradient;
 * with a true ratio it is the off-policy objective without any trust region.
 */
@Equation({
  "REINFORCE_BASIC",
  "REINFORCE_with_baseline",
  "REINFORCE_with_advantage",
  "vanilla_policy_gradient",
  "advantage_policy_gradient",
  "general_gradient"
})
public record PlainSurrogate() implements Surrogate {
  @Override
  public Variable objective(Variable logRatio, Variable logprobs, Variable advantages) {
    return logRatio.exp().mul(advantages);
  }
}
