package org.rlhf4j.rlhf.select;

import java.util.Arrays;
import org.rlhf4j.rlhf.Rows;

/**
 * The law of best-of-n sampling: draw n completions from a policy, keep the one of highest reward.
 */
public final class BestOfN {
  private BestOfN() {}

  /**
   * Probability that each completion is the one kept, pi_n(y). With F(y) the probability of drawing
   * a reward up to that of y and F^-(y) one strictly below it,
   *
   * <pre>
   * P(the best reward is that of y) = F(y)^n - F^-(y)^n
   * </pre>
   *
   * which completions of equal reward share in proportion to pi, as a fair choice among ties does.
   *
   * @param probabilities pi(y), summing to 1, [completions]
   * @param rewards r(y), [completions]
   * @param n number of draws, at least 1
   */
  public static double[] law(double[] probabilities, double[] rewards, int n) {
    Rows.requireSameLength("probabilities", probabilities.length, "rewards", rewards.length);
    requireDraws(n);
    double[] law = new double[rewards.length];
    for (int y = 0; y < rewards.length; y++) {
      double below = 0;
      double equal = 0;
      for (int other = 0; other < rewards.length; other++) {
        below += rewards[other] < rewards[y] ? probabilities[other] : 0;
        equal += rewards[other] == rewards[y] ? probabilities[other] : 0;
      }
      double best = Math.pow(below + equal, n) - Math.pow(below, n);
      law[y] = equal > 0 ? best * probabilities[y] / equal : 0;
    }
    return law;
  }

  /**
   * {@return log n - (n - 1)/n, the KL of best-of-n from its policy for continuous rewards} For
   * discrete rewards it is an upper bound (arXiv 2401.01879).
   */
  public static double klBound(int n) {
    requireDraws(n);
    return Math.log(n) - (n - 1.0) / n;
  }

  /**
   * {@return n / (n + 1), the probability that the best of n continuous rewards beats one more
   * draw; an upper bound where rewards tie and a tie counts half}
   */
  public static double winRateBound(int n) {
    requireDraws(n);
    return n / (n + 1.0);
  }

  /**
   * {@return unbiased estimate of E[max of n rewards] from N >= n observed ones} It averages the
   * maximum over all subsets of size n: sum_i C(i - 1, n - 1) / C(N, n) r_(i), r sorted upwards.
   *
   * @param rewards observed, [N], not modified
   */
  public static double expectedBest(double[] rewards, int n) {
    requireDraws(n);
    int total = rewards.length;
    if (n > total) {
      throw new IllegalArgumentException(
          "best of " + n + " cannot be estimated from " + total + " rewards");
    }
    double[] sorted = rewards.clone();
    Arrays.sort(sorted);
    double weight = n / (double) total;
    double sum = 0;
    for (int rank = total; rank >= n; rank--) {
      sum += weight * sorted[rank - 1];
      weight *= (rank - n) / (rank - 1.0);
    }
    return sum;
  }

  private static void requireDraws(int n) {
    if (n < 1) {
      throw new IllegalArgumentException("n must be at least 1, got " + n);
    }
  }
}
