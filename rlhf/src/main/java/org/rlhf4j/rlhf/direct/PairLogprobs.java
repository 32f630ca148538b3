package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

/**
 * Log-probabilities of the two answers to each prompt, summed over the answer's tokens including
 * its EOS, both [batch].
 */
public record PairLogprobs(Variable chosen, Variable rejected) {
  public PairLogprobs {
    if (chosen.shape().rank() != 1
        || chosen.shape().size() == 0
        || !chosen.shape().equals(rejected.shape())) {
      throw new IllegalArgumentException(
          "chosen and rejected logprobs must both be [batch] and not empty, got "
              + chosen.shape()
              + " and "
              + rejected.shape());
    }
  }

  /** {@return chosen - rejected, [batch]} */
  public Variable margin() {
    return chosen.sub(rejected);
  }

  int size() {
    return chosen.shape().size();
  }
}
