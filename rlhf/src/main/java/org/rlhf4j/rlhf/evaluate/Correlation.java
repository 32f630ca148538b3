package org.rlhf4j.rlhf.evaluate;

import org.rlhf4j.rlhf.Rows;

/** Whether one score rises where another does. */
public final class Correlation {
  private Correlation() {}

  /**
   * {@return Pearson's coefficient, cov(x, y) / (sd(x) sd(y)), in [-1, 1]}
   *
   * @throws IllegalArgumentException if the lengths differ, or a score never varies
   */
  public static double pearson(double[] x, double[] y) {
    Rows.requireSameLength("x", x.length, "y", y.length);
    double meanX = Rows.mean(x);
    double meanY = Rows.mean(y);
    double covariance = 0;
    double varianceX = 0;
    double varianceY = 0;
    for (int i = 0; i < x.length; i++) {
      covariance += (x[i] - meanX) * (y[i] - meanY);
      varianceX += (x[i] - meanX) * (x[i] - meanX);
      varianceY += (y[i] - meanY) * (y[i] - meanY);
    }
    if (varianceX == 0 || varianceY == 0) {
      throw new IllegalArgumentException("a score that never varies correlates with nothing");
    }
    return covariance / Math.sqrt(varianceX) / Math.sqrt(varianceY);
  }
}
