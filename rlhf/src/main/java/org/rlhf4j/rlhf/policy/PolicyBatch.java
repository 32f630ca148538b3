package org.rlhf4j.rlhf.policy;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Rows;

/**
 * What one policy update sees of a batch of answers. Log-probabilities of all three policies must
 * be taken at the temperature that was sampled at. Whatever the arrays hold where masked is
 * ignored.
 *
 * @param logprobs log pi of each sampled token, differentiable, [batch, time]
 * @param oldLogprobs of the policy that sampled, [batch][time]
 * @param referenceLogprobs of the reference policy, [batch][time]; no rows where none is used
 * @param advantages [batch][time]
 * @param mask true where the token was sampled by the policy, [batch][time]
 */
public record PolicyBatch(
    Variable logprobs,
    double[][] oldLogprobs,
    double[][] referenceLogprobs,
    double[][] advantages,
    boolean[][] mask) {
  public PolicyBatch {
    Rows.requireSameShape("old logprobs", oldLogprobs, "mask", mask);
    Rows.requireSameShape("advantages", advantages, "mask", mask);
    if (referenceLogprobs.length > 0) {
      Rows.requireSameShape("reference logprobs", referenceLogprobs, "mask", mask);
    }
  }

  /** A batch without a reference policy. */
  public PolicyBatch(
      Variable logprobs, double[][] oldLogprobs, double[][] advantages, boolean[][] mask) {
    this(logprobs, oldLogprobs, new double[0][], advantages, mask);
  }

  /** {@return one advantage an answer, repeated for each of its tokens, [batch][time]} */
  public static double[][] perToken(double[] advantages, boolean[][] mask) {
    Rows.requireSameLength("advantages", advantages.length, "mask", mask.length);
    double[][] tokens = new double[mask.length][];
    for (int i = 0; i < mask.length; i++) {
      tokens[i] = new double[mask[i].length];
      java.util.Arrays.fill(tokens[i], advantages[i]);
    }
    return tokens;
  }
}
