package org.rlhf4j.rlhf.policy;

import org.rlhf4j.rlhf.Equation;
import org.rlhf4j.rlhf.Rows;

/**
 * Generalised advantage estimation (arXiv 1506.02438).
 *
 * <pre>
 * delta_t = r_t + gamma V_{t+1} - V_t            V past the last action is 0
 * A_t     = delta_t + gamma lambda A_{t+1}
 * R_t     = A_t + V_t
 * </pre>
 *
 * <p>lambda = 0 is the temporal-difference residual, lambda = 1 is return minus value. Masked times
 * are transparent: the next action's value and advantage pass through them, so a value predicted
 * for padding, for the slot after EOS or for a tool's output never enters.
 *
 * @param gamma discount in [0, 1]
 * @param lambda mixing of step lengths in [0, 1]
 */
@Equation("GAE_DFN")
public record Gae(double gamma, double lambda) {
  public Gae {
    Returns.requireDiscount(gamma);
    if (!(lambda >= 0 && lambda <= 1)) {
      throw new IllegalArgumentException("lambda must be in [0, 1], got " + lambda);
    }
  }

  /**
   * Estimates one episode.
   *
   * @param rewards r, [time]
   * @param values V, [time]: the critic's value of the state in which each action was taken
   * @param mask true where a token was an action, [time]
   */
  public AdvantagesAndReturns estimate(double[] rewards, double[] values, boolean[] mask) {
    double[] residuals = TemporalDifference.residuals(rewards, values, mask, gamma);
    double[] advantages = new double[rewards.length];
    double[] returns = new double[rewards.length];
    double next = 0;
    for (int t = rewards.length - 1; t >= 0; t--) {
      if (mask[t]) {
        next = residuals[t] + gamma * lambda * next;
        advantages[t] = next;
        returns[t] = next + values[t];
      }
    }
    return new AdvantagesAndReturns(advantages, returns);
  }

  /** The same for every row of a batch, [batch][time]. */
  public AdvantagesAndReturns[] estimate(double[][] rewards, double[][] values, boolean[][] mask) {
    Rows.requireSameShape("rewards", rewards, "mask", mask);
    Rows.requireSameShape("values", values, "mask", mask);
    AdvantagesAndReturns[] estimates = new AdvantagesAndReturns[rewards.length];
    for (int i = 0; i < rewards.length; i++) {
      estimates[i] = estimate(rewards[i], values[i], mask[i]);
    }
    return estimates;
  }
}
