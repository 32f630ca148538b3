package org.rlhf4j.rlhf.feedback;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.rlhf4j.tensor.RandomKey;

/**
 * Two answers of which a judge preferred one: the half of constitutional AI that replaces human
 * labels (RLAIF).
 *
 * @param probability that the chosen one is better, at least 1/2; a soft label where a loss takes
 *     one
 */
public record PreferenceLabel(String prompt, String chosen, String rejected, double probability) {
  /** Two answers to be compared. */
  public record Pair(String prompt, String first, String second) {}

  /**
   * {@return labels of the pairs, in their order; those that the judge finds equal are left out}
   *
   * @throws IllegalArgumentException if the judge does not give a probability
   */
  public static List<PreferenceLabel> of(List<Pair> pairs, Judge judge) {
    List<PreferenceLabel> labels = new ArrayList<>();
    for (Pair pair : pairs) {
      double first = judge.preference(pair.prompt, pair.first, pair.second);
      if (!(first >= 0 && first <= 1)) {
        throw new IllegalArgumentException(
            "the judge's preference must be a probability, got " + first);
      }
      if (first > 0.5) {
        labels.add(new PreferenceLabel(pair.prompt, pair.first, pair.second, first));
      } else if (first < 0.5) {
        labels.add(new PreferenceLabel(pair.prompt, pair.second, pair.first, 1 - first));
      }
    }
    return labels;
  }

  /**
   * {@return a judge that goes by another principle of the constitution each time}
   *
   * @param key which principle follows from it and from the prompt and answers, not their order
   */
  public static Judge judge(List<Principle> constitution, Question question, RandomKey key) {
    List<Principle> principles = List.copyOf(constitution);
    return (prompt, first, second) -> {
      boolean ordered = first.compareTo(second) <= 0;
      RandomGenerator random =
          key.child(prompt)
              .child(ordered ? first : second)
              .child(ordered ? second : first)
              .generator();
      return Principle.draw(principles, random).judge(question).preference(prompt, first, second);
    };
  }
}
