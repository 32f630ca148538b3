package org.rlhf4j.rlhf.feedback;

import java.util.Map;
import org.rlhf4j.rlhf.preference.BradleyTerry;

/** Someone who compares two answers. */
@FunctionalInterface
public interface Judge {
  /** {@return the probability that the first answer is the better one} */
  double preference(String prompt, String first, String second);

  /** {@return a judge that prefers by scores, sigmoid(score(first) - score(second))} */
  static Judge of(Grader grader) {
    return (prompt, first, second) ->
        BradleyTerry.fromRewards(grader.score(prompt, first), grader.score(prompt, second));
  }

  /**
   * {@return a model that is asked which answer is better and says {@code A} or {@code B}, as a
   * probability} Models favour a position; ask for {@link #inBothOrders}.
   *
   * @param form the question, with the blanks {@code {prompt}}, {@code {A}} and {@code {B}}
   */
  static Judge asking(Question question, Form form) {
    return (prompt, first, second) ->
        question.probability(
            form.fill(Map.of("prompt", prompt, "A", first, "B", second)), "A", "B");
  }

  /**
   * {@return this judge asked in both orders, (p(first, second) + 1 - p(second, first)) / 2, which
   * does not depend on the order}
   */
  default Judge inBothOrders() {
    return (prompt, first, second) ->
        (preference(prompt, first, second) + 1 - preference(prompt, second, first)) / 2;
  }
}
