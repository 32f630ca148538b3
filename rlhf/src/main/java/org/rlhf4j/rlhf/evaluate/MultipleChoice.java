package org.rlhf4j.rlhf.evaluate;

import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.select.RejectionSampling;

/**
 * Multiple-choice questions answered by log-probability: the answer whose text the model finds most
 * likely after the question. Long answers lose by their length alone, so the usual second score
 * divides by it.
 */
public final class MultipleChoice {
  private MultipleChoice() {}

  /** {@return the answer of largest log-probability, summed over its tokens} */
  public static int answer(double[] logprobs) {
    return RejectionSampling.best(logprobs);
  }

  /**
   * {@return the answer of largest log-probability per unit of length}
   *
   * @param lengths of the answers, in tokens or bytes, positive
   */
  public static int normalizedAnswer(double[] logprobs, int[] lengths) {
    Rows.requireSameLength("logprobs", logprobs.length, "lengths", lengths.length);
    double[] normalized = new double[logprobs.length];
    for (int i = 0; i < logprobs.length; i++) {
      if (lengths[i] < 1) {
        throw new IllegalArgumentException("length " + i + " must be positive, got " + lengths[i]);
      }
      normalized[i] = logprobs[i] / lengths[i];
    }
    return RejectionSampling.best(normalized);
  }
}
