package org.rlhf4j.rlhf.verify;

import java.util.Optional;

/**
 * 1 if the number that the completion gives as its answer has the value of the right one, else 0:
 * {@code \boxed{1,234.50}} is 2469/2. Reading is {@link NumericAnswer}'s.
 */
public record NumericMatch() implements VerifiableReward {
  /**
   * @throws IllegalArgumentException if the problem's own answer is no number
   */
  @Override
  public double score(Problem problem, String completion) {
    Rational right =
        NumericAnswer.in(problem.answer())
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "the answer '%s' of '%s' is no number"
                        .formatted(problem.answer(), problem.prompt())));
    Optional<Rational> given = NumericAnswer.in(completion);
    return given.isPresent() && given.get().equals(right) ? 1 : 0;
  }
}
