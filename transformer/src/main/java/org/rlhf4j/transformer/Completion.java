package org.rlhf4j.transformer;

/**
 * What a model added to a prompt.
 *
 * @param tokens the new tokens, a stop token included
 * @param logprobs of each of them, log softmax(logits / temperature)[token] over the whole
 *     vocabulary, in nats; see {@link Sampling}
 * @param ending why there are no more
 */
public record Completion(int[] tokens, double[] logprobs, Ending ending) {
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
