package org.rlhf4j.rlhf.policy;

import org.rlhf4j.autograd.Variable;

/**
 * The objective whose gradient replaces that of the expected reward, token by token, to be
 * <em>maximised</em>. Sealed; {@link Custom} is the door for users of the library.
 */
public sealed interface Surrogate
    permits PlainSurrogate,
        ClippedSurrogate,
        DualClippedSurrogate,
        ClippedWeightSurrogate,
        SoftGateSurrogate,
        TaperedSurrogate,
        Surrogate.Custom {
  /**
   * {@return the objective, [batch, time]}
   *
   * @param logRatio of the policy to the sampling policy, [batch, time] or [batch, 1]
   * @param logprobs log pi, 0 where masked, [batch, time]
   * @param advantages constant, 0 where masked, [batch, time]
   */
  Variable objective(Variable logRatio, Variable logprobs, Variable advantages);

  /** {@return whether a token is held at a lower bound of the ratio; nothing is without one} */
  default boolean holdsLow(double ratio, double advantage) {
    return false;
  }

  /** {@return whether a token is held at an upper bound of the ratio; nothing is without one} */
  default boolean holdsHigh(double ratio, double advantage) {
    return false;
  }

  /** A surrogate that the library does not know. */
  non-sealed interface Custom extends Surrogate {}
}
