package org.rlhf4j.rlhf.verify;

/**
 * Partial credit: the share of places at which the completion has the character of the answer,
 * {@code matches / max(length, length)}, white space around both aside. A policy that never finds
 * the whole answer still sees which of its attempts is nearer.
 */
public record CharacterMatch() implements VerifiableReward {
  @Override
  public double score(Problem problem, String completion) {
    String answer = problem.answer().strip();
    String given = completion.strip();
    int matches = 0;
    for (int i = 0; i < Math.min(answer.length(), given.length()); i++) {
      matches += answer.charAt(i) == given.charAt(i) ? 1 : 0;
    }
    return (double) matches / Math.max(1, Math.max(answer.length(), given.length()));
  }
}
