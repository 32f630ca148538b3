package org.rlhf4j.rlhf.policy;

import org.rlhf4j.rlhf.Equation;
import org.rlhf4j.rlhf.Rows;

/** Advantages that look a fixed number of steps ahead and then trust the critic. */
public final class TemporalDifference {
  private TemporalDifference() {}

  /**
   * delta_t = r_t + gamma V_{t+1} - V_t, the advantage's one-step estimate: Q(s, a) = r + gamma
   * V(s'). V past the last action is 0; masked times are transparent.
   *
   * <p>The book's sixth choice of Psi_t leaves gamma out, and its advantage_trick writes Q = V(s +
   * a), which forgets the reward; see docs/errata.md.
   *
   * @param rewards r, [time]
   * @param values V, [time]
   * @param mask true where a token was an action, [time]
   * @return delta, [time]; 0 where masked
   */
  @Equation({"TD_RESIDUAL", "advantage_trick"})
  public static double[] residuals(
      double[] rewards, double[] values, boolean[] mask, double gamma) {
    return nStep(rewards, values, mask, gamma, 1);
  }

  /**
   * A_t^(n) = r_t + gamma r_{t+1} + ... + gamma^(n-1) r_{t+n-1} + gamma^n V_{t+n} - V_t, over the
   * unmasked times. Longer than the episode, it is return minus value.
   *
   * @param steps n, at least 1
   * @return A^(n), [time]; 0 where masked
   */
  @Equation("K_STEP_ADV")
  public static double[] nStep(
      double[] rewards, double[] values, boolean[] mask, double gamma, int steps) {
    Rows.requireSameLength("rewards", rewards.length, "mask", mask.length);
    Rows.requireSameLength("values", values.length, "mask", mask.length);
    Returns.requireDiscount(gamma);
    if (steps < 1) {
      throw new IllegalArgumentException("steps must be at least 1, got " + steps);
    }
    int[] actions = actionTimes(mask);
    double[] advantages = new double[rewards.length];
    for (int i = 0; i < actions.length; i++) {
      double sum = 0;
      double discount = 1;
      int end = (int) Math.min((long) i + steps, actions.length);
      for (int j = i; j < end; j++) {
        sum += discount * rewards[actions[j]];
        discount *= gamma;
      }
      double bootstrap = end < actions.length ? discount * values[actions[end]] : 0;
      advantages[actions[i]] = sum + bootstrap - values[actions[i]];
    }
    return advantages;
  }

  private static int[] actionTimes(boolean[] mask) {
    int[] times = new int[Rows.count(mask)];
    int n = 0;
    for (int t = 0; t < mask.length; t++) {
      if (mask[t]) {
        times[n++] = t;
      }
    }
    return times;
  }
}
