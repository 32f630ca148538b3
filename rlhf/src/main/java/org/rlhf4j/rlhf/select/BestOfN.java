package org.rlhf4j.rlhf.select;

import java.util.Arrays;
import java.util.Comparator;
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
    Integer[] order = ascending(rewards);
    double[] law = new double[rewards.length];
    double below = 0;
    for (int from = 0, to; from < order.length; from = to) {
      to = endOfTie(order, rewards, from);
      double equal = 0;
      for (int i = from; i < to; i++) {
        equal += probabilities[order[i]];
      }
      double best = Math.pow(below + equal, n) - Math.pow(below, n);
      for (int i = from; i < to; i++) {
        law[order[i]] = equal > 0 ? best * probabilities[order[i]] / equal : 0;
      }
      below += equal;
    }
    return law;
  }

  /**
   * {@return KL(pi_n || pi) = sum_y pi_n(y) log(pi_n(y) / pi(y)), exactly; parameters as of {@link
   * #law}}
   */
  public static double kl(double[] probabilities, double[] rewards, int n) {
    double[] law = law(probabilities, rewards, n);
    double kl = 0;
    for (int y = 0; y < law.length; y++) {
      kl += law[y] > 0 ? law[y] * Math.log(law[y] / probabilities[y]) : 0;
    }
    return kl;
  }

  /**
   * {@return the probability that the best of n beats one more draw from the policy, a tie counting
   * half, exactly; parameters as of {@link #law}}
   */
  public static double winRate(double[] probabilities, double[] rewards, int n) {
    double[] law = law(probabilities, rewards, n);
    Integer[] order = ascending(rewards);
    double below = 0;
    double winRate = 0;
    for (int from = 0, to; from < order.length; from = to) {
      to = endOfTie(order, rewards, from);
      double equal = 0;
      double best = 0;
      for (int i = from; i < to; i++) {
        equal += probabilities[order[i]];
        best += law[order[i]];
      }
      winRate += best * (below + equal / 2);
      below += equal;
    }
    return winRate;
  }

  private static Integer[] ascending(double[] rewards) {
    Integer[] order = new Integer[rewards.length];
    Arrays.setAll(order, y -> y);
    Arrays.sort(order, Comparator.comparingDouble(y -> rewards[y]));
    return order;
  }

  private static int endOfTie(Integer[] order, double[] rewards, int from) {
    int to = from;
    while (to < order.length && rewards[order[to]] == rewards[order[from]]) {
      to++;
    }
    return to;
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
