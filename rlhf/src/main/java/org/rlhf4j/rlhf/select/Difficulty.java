package org.rlhf4j.rlhf.select;

import java.util.ArrayList;
import java.util.List;

/**
 * How hard problems are for a policy, measured by sampling before training: a problem that is
 * always or never solved teaches nothing.
 */
public final class Difficulty {
  private Difficulty() {}

  /**
   * {@return the share of samples that solved each problem, [problems]}
   *
   * @param solved one row a problem, at least one sample each, [problems][samples]
   */
  public static double[] solveRates(boolean[][] solved) {
    double[] rates = new double[solved.length];
    for (int i = 0; i < rates.length; i++) {
      if (solved[i].length == 0) {
        throw new IllegalArgumentException("problem " + i + " was not sampled");
      }
      int count = 0;
      for (boolean success : solved[i]) {
        count += success ? 1 : 0;
      }
      rates[i] = count / (double) solved[i].length;
    }
    return rates;
  }

  /**
   * {@return the problems to train on, in their order: those with least <= solve rate <= most}
   *
   * @param least 0.2 is usual
   * @param most 0.8 is usual
   */
  public static List<Integer> within(double[] solveRates, double least, double most) {
    if (!(0 <= least && least <= most && most <= 1)) {
      throw new IllegalArgumentException(
          "0 <= least <= most <= 1 is needed, got %s and %s".formatted(least, most));
    }
    List<Integer> kept = new ArrayList<>();
    for (int i = 0; i < solveRates.length; i++) {
      if (solveRates[i] >= least && solveRates[i] <= most) {
        kept.add(i);
      }
    }
    return kept;
  }

  /** {@return all problems, the most often solved first; of equals the earlier first} */
  public static List<Integer> easiestFirst(double... solveRates) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < solveRates.length; i++) {
      order.add(i);
    }
    order.sort((a, b) -> Double.compare(solveRates[b], solveRates[a]));
    return order;
  }

  /**
   * {@return the probability that a group of answers to a problem has both a right and a wrong one,
   * 1 - p^G - (1 - p)^G}
   *
   * @param solveRate p, of one answer
   * @param groupSize G
   */
  public static double contrastProbability(double solveRate, int groupSize) {
    return 1 - Math.pow(solveRate, groupSize) - Math.pow(1 - solveRate, groupSize);
  }
}
