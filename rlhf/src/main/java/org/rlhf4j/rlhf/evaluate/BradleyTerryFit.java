package org.rlhf4j.rlhf.evaluate;

import org.rlhf4j.rlhf.LogSpace;

/**
 * Maximum-likelihood Bradley-Terry strengths of several systems from a table of their wins, with
 * the covariance of the estimate. Strengths are natural logarithms that sum to zero; {@link #elo}
 * gives the customary scale.
 *
 * <p>The log-likelihood is concave; Newton's method with halving finds its maximum. Its Hessian is
 * a graph Laplacian L, singular along the all-ones direction, so L + 11^T/n is factored: restricted
 * to strengths that sum to zero its inverse is that of L.
 *
 * @param strengths log-strength of each system, summing to zero, [n]
 * @param covariance of the strengths, the pseudo-inverse of the Fisher information, [n][n]
 */
public record BradleyTerryFit(double[] strengths, double[][] covariance) {
  private static final int MAX_STEPS = 100;

  /**
   * Fits a table of wins.
   *
   * @param wins wins[i][j] is how often i beat j; a tie is half a win each way, [n][n]
   * @throws IllegalArgumentException if the table is not square or has negative entries, or if the
   *     maximum does not exist: some group of systems never won (or never lost) against the others
   */
  public static BradleyTerryFit of(double[][] wins) {
    check(wins);
    int n = wins.length;
    double[] strengths = new double[n];
    for (int step = 0; step < MAX_STEPS; step++) {
      double[] gradient = gradient(wins, strengths);
      double[] direction = new PositiveDefinite(information(wins, strengths)).solve(gradient);
      double before = logLikelihood(wins, strengths);
      double scale = 1;
      double[] next = moved(strengths, direction, scale);
      // rounding of the likelihood must not refuse the last, smallest steps
      while (logLikelihood(wins, next) < before * (1 + 1e-12) && scale > 1e-9) {
        scale /= 2;
        next = moved(strengths, direction, scale);
      }
      strengths = next;
      if (largest(direction) < 1e-12) {
        break;
      }
    }
    double[][] covariance = new PositiveDefinite(information(wins, strengths)).inverse();
    for (double[] row : covariance) {
      for (int j = 0; j < n; j++) {
        row[j] -= 1.0 / n;
      }
    }
    return new BradleyTerryFit(strengths, covariance);
  }

  /** {@return fitted probability that i beats j} */
  public double probability(int i, int j) {
    return LogSpace.sigmoid(strengths[i] - strengths[j]);
  }

  /**
   * {@return interval of the difference of strengths of i and j, +- z standard errors} With two
   * systems only differences mean anything.
   */
  public ConfidenceInterval difference(int i, int j, double z) {
    double variance = covariance[i][i] + covariance[j][j] - 2 * covariance[i][j];
    double half = z * Math.sqrt(Math.max(0, variance));
    double difference = strengths[i] - strengths[j];
    return new ConfidenceInterval(difference - half, difference + half);
  }

  /** {@return interval of the strength of i relative to the mean of all, +- z standard errors} */
  public ConfidenceInterval interval(int i, double z) {
    double half = z * Math.sqrt(Math.max(0, covariance[i][i]));
    return new ConfidenceInterval(strengths[i] - half, strengths[i] + half);
  }

  /** {@return strengths as Elo ratings with the given mean} */
  public double[] elo(double mean) {
    double[] ratings = new double[strengths.length];
    for (int i = 0; i < ratings.length; i++) {
      ratings[i] = mean + Elo.POINTS_PER_NAT * strengths[i];
    }
    return ratings;
  }

  private static double logLikelihood(double[][] wins, double[] strengths) {
    double sum = 0;
    for (int i = 0; i < wins.length; i++) {
      for (int j = 0; j < wins.length; j++) {
        if (i != j) {
          sum += wins[i][j] * LogSpace.logSigmoid(strengths[i] - strengths[j]);
        }
      }
    }
    return sum;
  }

  private static double[] gradient(double[][] wins, double[] strengths) {
    double[] gradient = new double[wins.length];
    for (int i = 0; i < wins.length; i++) {
      for (int j = 0; j < wins.length; j++) {
        if (i != j) {
          double surprise = LogSpace.sigmoid(strengths[j] - strengths[i]);
          gradient[i] += wins[i][j] * surprise;
          gradient[j] -= wins[i][j] * surprise;
        }
      }
    }
    return gradient;
  }

  private static double[][] information(double[][] wins, double[] strengths) {
    int n = wins.length;
    double[][] information = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        information[i][j] += 1.0 / n;
        if (i != j) {
          double games = wins[i][j] + wins[j][i];
          double p = LogSpace.sigmoid(strengths[i] - strengths[j]);
          double q = LogSpace.sigmoid(strengths[j] - strengths[i]);
          information[i][i] += games * p * q;
          information[i][j] -= games * p * q;
        }
      }
    }
    return information;
  }

  private static double[] moved(double[] from, double[] direction, double scale) {
    double[] to = from.clone();
    for (int i = 0; i < to.length; i++) {
      to[i] += scale * direction[i];
    }
    return to;
  }

  private static double largest(double[] values) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private static void check(double[][] wins) {
    int n = wins.length;
    if (n < 2) {
      throw new IllegalArgumentException("comparison needs at least 2 systems, got " + n);
    }
    for (int i = 0; i < n; i++) {
      if (wins[i].length != n) {
        throw new IllegalArgumentException(
            "the table of wins must be square: row " + i + " of " + n + " has " + wins[i].length);
      }
      for (int j = 0; j < n; j++) {
        if (!(wins[i][j] >= 0 && Double.isFinite(wins[i][j]))) {
          throw new IllegalArgumentException(
              "wins[" + i + "][" + j + "] must be finite and not negative, got " + wins[i][j]);
        }
      }
    }
    if (!reachesAll(wins, true) || !reachesAll(wins, false)) {
      throw new IllegalArgumentException(
          "no finite strengths exist: some group of systems never won, or never lost, against the"
              + " others");
    }
  }

  /** Ford's condition: in the graph of wins every system is reachable from the first and back. */
  private static boolean reachesAll(double[][] wins, boolean forward) {
    int n = wins.length;
    boolean[] reached = new boolean[n];
    reached[0] = true;
    for (int round = 0; round < n; round++) {
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          if (reached[i] && (forward ? wins[i][j] : wins[j][i]) > 0) {
            reached[j] = true;
          }
        }
      }
    }
    for (boolean one : reached) {
      if (!one) {
        return false;
      }
    }
    return true;
  }
}
