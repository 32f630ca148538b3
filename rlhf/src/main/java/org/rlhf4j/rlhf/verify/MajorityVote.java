package org.rlhf4j.rlhf.verify;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Self-consistency (arXiv 2203.11171): the answer given most often, each sample voting with a
 * weight. Of equal answers the one that came first wins, so the result does not depend on hashing.
 */
public final class MajorityVote {
  private MajorityVote() {}

  /** {@return the most frequent answer} */
  public static <A> A of(List<A> answers) {
    double[] weights = new double[answers.size()];
    java.util.Arrays.fill(weights, 1);
    return weighted(answers, weights);
  }

  /**
   * {@return the answer of the largest total weight, such as its reward-model scores}
   *
   * @param weights not negative, one an answer
   * @throws IllegalArgumentException if there is no answer
   */
  public static <A> A weighted(List<A> answers, double... weights) {
    if (answers.isEmpty() || answers.size() != weights.length) {
      throw new IllegalArgumentException(
          "a vote needs at least one answer and one weight each, got "
              + answers.size()
              + " answers and "
              + weights.length
              + " weights");
    }
    Map<A, Double> votes = new LinkedHashMap<>();
    for (int i = 0; i < weights.length; i++) {
      if (!(weights[i] >= 0)) {
        throw new IllegalArgumentException(
            "weight " + i + " must not be negative, got " + weights[i]);
      }
      votes.merge(answers.get(i), weights[i], Double::sum);
    }
    A best = answers.getFirst();
    for (Map.Entry<A, Double> vote : votes.entrySet()) {
      if (vote.getValue() > votes.getOrDefault(best, 0.0)) {
        best = vote.getKey();
      }
    }
    return best;
  }

  /**
   * {@return reward 1 for each answer equal to the majority and 0 for the others: reinforcement
   * learning without labels (TTRL, arXiv 2504.16084)}
   */
  public static <A> double[] agreement(List<A> answers) {
    A majority = of(answers);
    return answers.stream().mapToDouble(answer -> answer.equals(majority) ? 1 : 0).toArray();
  }
}
