package org.rlhf4j.rlhf.policy;

import org.rlhf4j.rlhf.Equation;
import org.rlhf4j.rlhf.Rows;

/**
 * Discounted returns of one episode, whose reward r_t is paid for the action at time t (the book
 * writes R_{t+1} for the same reward). Times that the mask excludes, such as the output of a tool
 * between two turns, are transparent: they are worth nothing and do not discount.
 */
public final class Returns {
  private Returns() {}

  /**
   * Return-to-go, computed from the end: G_t = r_t + gamma G_{t+1}, which is sum_k gamma^k r_{t+k}.
   *
   * @param rewards r, [time]
   * @param mask true where a token was an action, [time]
   * @param gamma discount in [0, 1]
   * @return G, [time]; 0 where masked
   */
  @Equation({"return_definition", "recursive_return"})
  public static double[] discounted(double[] rewards, boolean[] mask, double gamma) {
    Rows.requireSameLength("rewards", rewards.length, "mask", mask.length);
    requireDiscount(gamma);
    double[] returns = new double[rewards.length];
    double next = 0;
    for (int t = rewards.length - 1; t >= 0; t--) {
      if (mask[t]) {
        next = rewards[t] + gamma * next;
        returns[t] = next;
      }
    }
    return returns;
  }

  /**
   * {@return sum_t gamma^t r_t, the return of the whole episode, whose expectation is the objective
   * of reinforcement learning; 0 for an all-masked row}
   */
  @Equation({"finite_horizon_return", "rl_opt", "expect_reward_opt", "policy_objective"})
  public static double total(double[] rewards, boolean[] mask, double gamma) {
    double[] returns = discounted(rewards, mask, gamma);
    for (int t = 0; t < returns.length; t++) {
      if (mask[t]) {
        return returns[t];
      }
    }
    return 0;
  }

  static void requireDiscount(double gamma) {
    if (!(gamma >= 0 && gamma <= 1)) {
      throw new IllegalArgumentException("gamma must be in [0, 1], got " + gamma);
    }
  }
}
