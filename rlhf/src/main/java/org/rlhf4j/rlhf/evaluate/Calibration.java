package org.rlhf4j.rlhf.evaluate;

import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.tensor.Check;

/** Whether what is said to be likely happens as often as was said (arXiv 1706.04599). */
public final class Calibration {
  private Calibration() {}

  /**
   * Expected calibration error,
   *
   * <pre>
   * sum over bins of (predictions in the bin / all) |mean probability - fraction that happened|
   * </pre>
   *
   * @param probabilities that were predicted, in [0, 1]
   * @param happened what came out
   * @param bins of equal width
   */
  public static double expectedError(double[] probabilities, boolean[] happened, int bins) {
    Rows.requireSameLength("probabilities", probabilities.length, "outcomes", happened.length);
    Check.positive("bins", bins);
    double[] gaps = new double[bins];
    for (int i = 0; i < probabilities.length; i++) {
      Check.range("probability", probabilities[i], 0, 1);
      int bin = Math.min(bins - 1, (int) (probabilities[i] * bins));
      gaps[bin] += probabilities[i] - (happened[i] ? 1 : 0);
    }
    double error = 0;
    for (double gap : gaps) {
      error += Math.abs(gap) / probabilities.length;
    }
    return error;
  }
}
