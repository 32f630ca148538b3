package org.rlhf4j.rlhf.reward;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.policy.Aggregation;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.tensor.Shape;

/**
 * Process reward model (arXiv 2305.20050): at the last token of each reasoning step, the step is
 * bad (-1), neutral (0) or good (1); cross-entropy over the three classes, mean over steps.
 */
public final class ProcessRewardLoss {
  private static final int CLASSES = 3;

  private ProcessRewardLoss() {}

  /**
   * {@return mean cross-entropy over the step ends}
   *
   * @param logits of the classes -1, 0, 1 in this order, [batch, time, 3]
   * @param labels -1, 0 or 1 at step ends, whatever elsewhere, [batch][time]
   * @param stepEnds true at the last token of each step, [batch][time]
   * @param totals of {@code stepEnds} over all micro-batches of the step
   */
  public static Variable apply(
      Variable logits, int[][] labels, boolean[][] stepEnds, Totals totals) {
    int time = stepEnds.length == 0 ? 0 : stepEnds[0].length;
    Shape expected = Shape.of(stepEnds.length, time, CLASSES);
    if (!logits.shape().equals(expected)) {
      throw new IllegalArgumentException(
          "logits " + logits.shape() + " must have the shape " + expected + " of the step ends");
    }
    Rows.requireSameLength("labels", labels.length, "step ends", stepEnds.length);
    int[] classes = new int[stepEnds.length * time];
    for (int i = 0; i < stepEnds.length; i++) {
      Rows.requireSameLength("labels row " + i, labels[i].length, "step ends", time);
      for (int t = 0; t < time; t++) {
        if (stepEnds[i][t]) {
          classes[i * time + t] = classOf(labels[i][t]);
        }
      }
    }
    Variable losses = logits.tokenLogprobs(classes).neg();
    return new Aggregation.TokenMean().reduce(losses, stepEnds, totals);
  }

  /**
   * {@return the reward of a solution as its weakest step, from the steps' probabilities of good}
   */
  public static double minimum(double... probabilities) {
    double least = 1;
    for (double probability : probabilities) {
      least = Math.min(least, probability);
    }
    return least;
  }

  /** {@return the reward of a solution as the probability that every step is good} */
  public static double product(double... probabilities) {
    double product = 1;
    for (double probability : probabilities) {
      product *= probability;
    }
    return product;
  }

  private static int classOf(int label) {
    if (label < -1 || label > 1) {
      throw new IllegalArgumentException("a step's label must be -1, 0 or 1, got " + label);
    }
    return label + 1;
  }
}
