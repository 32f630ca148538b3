package org.rlhf4j.rlhf.feedback;

import java.util.Map;

/** Someone who says how good an answer is: a program, a reward model, or a model that is asked. */
@FunctionalInterface
public interface Grader {
  /** {@return a score; higher is better} */
  double score(String prompt, String completion);

  /**
   * {@return the probability that the answer is right, asked of a model: P(yes) of P(yes) + P(no)}
   * A generative verifier (arXiv 2408.15240).
   *
   * @param form the question, with the blanks {@code {prompt}} and {@code {completion}}
   */
  static Grader asking(Question question, Form form, String yes, String no) {
    return (prompt, completion) ->
        question.probability(
            form.fill(Map.of("prompt", prompt, "completion", completion)), yes, no);
  }
}
