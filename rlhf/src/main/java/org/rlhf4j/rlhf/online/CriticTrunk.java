package org.rlhf4j.rlhf.online;

/** Whose hidden states a value head reads. */
public enum CriticTrunk {
  /** The policy's, which both losses then train: no more memory or time, but each disturbs. */
  SHARED,
  /** Those of a body of its own, which begins as the policy's. */
  OWN
}
