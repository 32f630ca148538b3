package org.rlhf4j.rlhf.verify;

/** 1 if the completion is the answer, white space around it aside; else 0. */
public record ExactMatch() implements VerifiableReward {
  @Override
  public double score(Problem problem, String completion) {
    return completion.strip().equals(problem.answer().strip()) ? 1 : 0;
  }
}
