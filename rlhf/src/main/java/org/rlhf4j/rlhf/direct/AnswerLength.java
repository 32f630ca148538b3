package org.rlhf4j.rlhf.direct;

/** How the log-probabilities of an answer's tokens become one number. */
public enum AnswerLength {
  /** Their sum: the log-probability of the answer. */
  SUM,
  /** Their mean: what is left when length is divided out. */
  MEAN
}
