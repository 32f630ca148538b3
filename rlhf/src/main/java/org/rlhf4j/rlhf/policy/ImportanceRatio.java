package org.rlhf4j.rlhf.policy;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Equation;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.tensor.Shape;

/**
 * The logarithm of how much likelier the policy is than the policy that sampled, as a surrogate
 * sees it. Inputs are 0 where masked, [batch, time].
 */
public enum ImportanceRatio {
  /**
   * log pi - [log pi], where the bracket is a constant: the ratio is exactly 1, its gradient that
   * of log pi. The book's one-step form; REINFORCE when samples are fresh.
   */
  NONE {
    @Override
    @Equation({"ppo_1step", "log_prob_derivative", "log_chain_rule"})
    public Variable logRatio(Variable logprobs, Variable old, boolean[][] mask) {
      return logprobs.sub(logprobs.detach());
    }
  },
  /** log pi_t - log old_t for every token: PPO, GRPO, DAPO. [batch, time] */
  TOKEN {
    @Override
    @Equation("PPO_POL_RATIO")
    public Variable logRatio(Variable logprobs, Variable old, boolean[][] mask) {
      return logprobs.sub(old);
    }
  },
  /**
   * mean_t (log pi_t - log old_t), one for the whole answer: GSPO (arXiv 2507.18071). The mean
   * keeps ratios of long answers near 1, at the price of being no importance weight. [batch, 1]
   */
  SEQUENCE_MEAN {
    @Override
    public Variable logRatio(Variable logprobs, Variable old, boolean[][] mask) {
      double[] inverseLengths = new double[mask.length];
      for (int i = 0; i < mask.length; i++) {
        inverseLengths[i] = 1.0 / Math.max(1, Rows.count(mask[i]));
      }
      Variable scale = logprobs.tape().constant(Shape.of(mask.length, 1), inverseLengths);
      return SEQUENCE.logRatio(logprobs, old, mask).mul(scale);
    }
  },
  /**
   * sum_t (log pi_t - log old_t), the importance weight of the whole answer: RLOO in TRL, TOPR.
   * [batch, 1]
   */
  SEQUENCE {
    @Override
    public Variable logRatio(Variable logprobs, Variable old, boolean[][] mask) {
      return logprobs.sub(old).sum(1);
    }
  };

  /**
   * {@return log-ratio, [batch, time] or [batch, 1]}
   *
   * @param logprobs log pi, 0 where masked, [batch, time]
   * @param old log-probabilities of the sampling policy, 0 where masked, [batch, time]
   */
  public abstract Variable logRatio(Variable logprobs, Variable old, boolean[][] mask);
}
