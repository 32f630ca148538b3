package org.rlhf4j.rlhf.reward;

import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.Variance;

/**
 * One score from the scores of several reward models for the same answer (arXiv 2310.02743). The
 * pessimistic combinations delay over-optimisation: an answer that only some models like is not
 * rewarded in full.
 */
public sealed interface RewardEnsemble {
  /**
   * {@return the combined score of one answer}
   *
   * @param scores of the members, [members], at least one
   */
  double combine(double... scores);

  /** {@return the combined scores of a batch} */
  default double[] combine(double[][] scores) {
    double[] combined = new double[scores.length];
    for (int i = 0; i < scores.length; i++) {
      combined[i] = combine(scores[i]);
    }
    return combined;
  }

  /** mean_k r_k. */
  record Mean() implements RewardEnsemble {
    @Override
    public double combine(double... scores) {
      return Rows.mean(scores);
    }
  }

  /** min_k r_k, worst-case optimisation. */
  record Minimum() implements RewardEnsemble {
    @Override
    public double combine(double... scores) {
      double least = Rows.mean(scores);
      for (double score : scores) {
        least = Math.min(least, score);
      }
      return least;
    }
  }

  /**
   * mean_k r_k - weight * var_k r_k, uncertainty-weighted optimisation; the variance is that of the
   * population of members.
   */
  record UncertaintyWeighted(double weight) implements RewardEnsemble {
    public UncertaintyWeighted {
      if (!(weight >= 0)) {
        throw new IllegalArgumentException("weight must not be negative, got " + weight);
      }
    }

    @Override
    public double combine(double... scores) {
      return Rows.mean(scores) - weight * Variance.POPULATION.of(scores);
    }
  }
}
