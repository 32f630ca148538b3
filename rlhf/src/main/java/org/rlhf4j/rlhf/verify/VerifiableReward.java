package org.rlhf4j.rlhf.verify;

/**
 * A reward that a program computes: no model is asked, so none can be fooled. What a checker
 * overlooks can still be exploited.
 */
@FunctionalInterface
public interface VerifiableReward {
  /**
   * {@return the reward of one completion}
   *
   * @param completion text only, without the tokens that end it
   */
  double score(Problem problem, String completion);
}
