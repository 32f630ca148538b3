package org.rlhf4j.rlhf.preference;

import org.rlhf4j.rlhf.Equation;
import org.rlhf4j.rlhf.LogSpace;

/** The Plackett-Luce model of a ranking of K answers; Bradley-Terry is K = 2. */
public final class PlackettLuce {
  private PlackettLuce() {}

  /**
   * {@return log P(ranking) = sum_k [ r_k - log sum_{j >= k} e^(r_j) ]}
   *
   * @param rewards in order of preference, best first, [K]
   */
  @Equation("kwise_rm")
  public static double logProbability(double... rewards) {
    double logProbability = 0;
    double logRest = Double.NEGATIVE_INFINITY;
    for (int k = rewards.length - 1; k >= 0; k--) {
      // r - log(e^r + e^rest), without the difference of two nearly equal numbers
      logProbability += LogSpace.logSigmoid(rewards[k] - logRest);
      logRest = LogSpace.logSumExp(logRest, rewards[k]);
    }
    return logProbability;
  }
}
