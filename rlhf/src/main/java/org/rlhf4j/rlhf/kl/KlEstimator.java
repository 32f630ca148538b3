package org.rlhf4j.rlhf.kl;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Equation;
import org.rlhf4j.tensor.kernel.Pointwise;

/**
 * Estimates of KL(pi || ref) from the log-ratio d = log pi(y) - log ref(y) of samples y ~ pi
 * (Schulman, joschu.net/blog/kl-approx.html). As a <em>value</em> and as a <em>loss that is
 * differentiated</em> under fixed samples they are different things:
 *
 * <table>
 * <caption>What each estimator estimates, on-policy</caption>
 * <tr><th></th><th>value</th><th>expected value</th><th>expected gradient</th></tr>
 * <tr><td>K1</td><td>d</td><td>KL(pi || ref)</td><td>0: as a loss it does nothing</td></tr>
 * <tr><td>K2</td><td>d^2 / 2</td><td>biased, by O(d^3)</td><td>that of KL(pi || ref)</td></tr>
 * <tr><td>K3</td><td>e^-d - 1 + d</td><td>KL(pi || ref)</td><td>that of KL(ref || pi)</td></tr>
 * <tr><td>K3_PLUS</td><td>as K3</td><td>KL(pi || ref)</td><td>that of KL(pi || ref)</td></tr>
 * <tr><td>ABSOLUTE</td><td>|d|</td><td>at least KL(pi || ref)</td><td>none of these</td></tr>
 * </table>
 *
 * <p>Off-policy, each must be weighted by pi / old; that weight also gives K1 and K3 the gradient
 * of KL(pi || ref), see {@link KlInLoss}.
 */
public enum KlEstimator {
  /** d. Unbiased; single values may be negative. PPO's and RLOO's penalty in the reward. */
  K1 {
    @Override
    public double of(double logRatio) {
      return logRatio;
    }

    @Override
    public Variable of(Variable logRatio) {
      return logRatio.mul(1);
    }
  },
  /** d^2 / 2. Never negative, biased as a value, right as a loss. */
  K2 {
    @Override
    public double of(double logRatio) {
      return logRatio * logRatio / 2;
    }

    @Override
    public Variable of(Variable logRatio) {
      return logRatio.square().mul(0.5);
    }
  },
  /**
   * e^-d - 1 + d, as one function: the textbook form cancels to noise (and below zero) for small d,
   * and so does its gradient 1 - e^-d. GRPO's penalty in the loss.
   */
  K3 {
    @Override
    public double of(double logRatio) {
      return Pointwise.EXP_REMAINDER.apply(-logRatio);
    }

    @Override
    public Variable of(Variable logRatio) {
      return logRatio.neg().expRemainder();
    }
  },
  /** The value of K3 with the gradient of K2; verl's "+". */
  K3_PLUS {
    @Override
    public double of(double logRatio) {
      return K3.of(logRatio);
    }

    @Override
    public Variable of(Variable logRatio) {
      Variable k2 = K2.of(logRatio);
      return k2.sub(k2.detach()).add(K3.of(logRatio.detach()));
    }
  },
  /** |d|, verl's "abs". An upper bound in expectation, no divergence. */
  ABSOLUTE {
    @Override
    public double of(double logRatio) {
      return Math.abs(logRatio);
    }

    @Override
    public Variable of(Variable logRatio) {
      return logRatio.abs();
    }
  };

  /** {@return the estimate from one log-ratio} */
  @Equation("kl_expectation")
  public abstract double of(double logRatio);

  /** {@return the estimates, of the shape of the log-ratios} */
  public abstract Variable of(Variable logRatio);
}
