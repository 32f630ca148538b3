package org.rlhf4j.rlhf.evaluate;

import org.rlhf4j.rlhf.LogSpace;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.Variance;

/**
 * The win rate that would be seen if both systems wrote answers of the same length (the idea of
 * AlpacaEval 2, arXiv 2404.04475). A logistic model explains each preference by the systems and by
 * the difference of lengths,
 *
 * <pre>
 * P(ours preferred) = sigmoid( quality + length * tanh(difference / std(difference)) )
 * </pre>
 *
 * <p>and the length-controlled rate is sigmoid(quality): the model with its length term set to
 * zero. AlpacaEval's third term, the difficulty of each instruction, is shared between many systems
 * and is left out here, where two systems are compared.
 *
 * @param quality log-odds of a win at equal length
 * @param length log-odds bought by writing much more
 */
public record LengthControlledWinRate(double quality, double length) {
  private static final int MAX_STEPS = 100;

  /** {@return sigmoid(quality)} */
  public double rate() {
    return LogSpace.sigmoid(quality);
  }

  /**
   * Maximises the log-likelihood less ridge/2 (quality^2 + length^2) by Newton's method with
   * halving.
   *
   * @param preferences 1 where ours won, 0.5 for a tie or a judge's probability, 0 where it lost
   * @param lengthDifferences length of ours less theirs, any unit; all equal means no control
   * @param ridge positive; keeps the estimate finite where one system wins always. 1e-6 changes
   *     nothing else
   */
  public static LengthControlledWinRate fit(
      double[] preferences, double[] lengthDifferences, double ridge) {
    Rows.requireSameLength(
        "preferences", preferences.length, "lengthDifferences", lengthDifferences.length);
    if (!(ridge > 0)) {
      throw new IllegalArgumentException("ridge must be positive, got " + ridge);
    }
    for (double preference : preferences) {
      if (!(preference >= 0 && preference <= 1)) {
        throw new IllegalArgumentException("preference must be in [0, 1], got " + preference);
      }
    }
    double[] features = features(lengthDifferences);
    double[] theta = new double[2];
    for (int step = 0; step < MAX_STEPS; step++) {
      double[] direction = newtonDirection(preferences, features, theta, ridge);
      double before = objective(preferences, features, theta, ridge);
      double scale = 1;
      double[] next = moved(theta, direction, scale);
      while (objective(preferences, features, next, ridge) < before && scale > 1e-9) {
        scale /= 2;
        next = moved(theta, direction, scale);
      }
      theta = next;
      if (Math.max(Math.abs(direction[0]), Math.abs(direction[1])) < 1e-12) {
        break;
      }
    }
    return new LengthControlledWinRate(theta[0], theta[1]);
  }

  private static double[] features(double[] differences) {
    double deviation = Variance.POPULATION.deviation(differences);
    double[] features = new double[differences.length];
    for (int i = 0; i < features.length && deviation > 0; i++) {
      features[i] = Math.tanh(differences[i] / deviation);
    }
    return features;
  }

  private static double[] newtonDirection(
      double[] preferences, double[] features, double[] theta, double ridge) {
    double[] gradient = {-ridge * theta[0], -ridge * theta[1]};
    double[][] information = {{ridge, 0}, {0, ridge}};
    for (int i = 0; i < features.length; i++) {
      double logit = theta[0] + theta[1] * features[i];
      double p = LogSpace.sigmoid(logit);
      double weight = p * LogSpace.sigmoid(-logit);
      gradient[0] += preferences[i] - p;
      gradient[1] += (preferences[i] - p) * features[i];
      information[0][0] += weight;
      information[1][0] += weight * features[i];
      information[1][1] += weight * features[i] * features[i];
    }
    return new PositiveDefinite(information).solve(gradient);
  }

  private static double objective(
      double[] preferences, double[] features, double[] theta, double ridge) {
    double sum = -ridge / 2 * (theta[0] * theta[0] + theta[1] * theta[1]);
    for (int i = 0; i < features.length; i++) {
      double logit = theta[0] + theta[1] * features[i];
      sum += preferences[i] * LogSpace.logSigmoid(logit);
      sum += (1 - preferences[i]) * LogSpace.logSigmoid(-logit);
    }
    return sum;
  }

  private static double[] moved(double[] theta, double[] direction, double scale) {
    return new double[] {theta[0] + scale * direction[0], theta[1] + scale * direction[1]};
  }
}
