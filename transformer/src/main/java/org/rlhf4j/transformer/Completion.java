package org.rlhf4j.transformer;

/**
 * What was added to a prompt.
 *
 * @param tokens the new tokens, a stop token included
 * @param logprobs of each of them, log softmax(logits / temperature)[token] over the whole
 *     vocabulary, in nats; see {@link Sampling}; 0 for those not drawn
 * @param drawn true where the model chose the token, false where it was put in by an {@link
 *     Interjection}
 * @param ending why there are no more
 */
public record Completion(int[] tokens, double[] logprobs, boolean[] drawn, Ending ending) {
  /** {@return whether the model ended it itself} */
  public boolean stopped() {
    return ending == Ending.STOP;
  }

  /** {@return how many tokens were added} */
  public int length() {
    return tokens.length;
  }

  /** Why a sequence ended. */
  public enum Ending {
    /** The last token is a stop token. */
    STOP,
    /** The wanted number of tokens, or the model's context, is full. */
    LENGTH
  }
}
