package org.rlhf4j.rlhf.online;

/** Whose hidden states a value head reads. */
public enum CriticTrunk {
  /**
   * The policy's, which both losses then train: no more memory or time, but each disturbs. Where
   * returns are large (a KL coefficient near 1), the critic's gradient drowns the policy's.
   */
  SHARED,
  /** Those of a body of its own, which begins as the policy's. */
  OWN
}
