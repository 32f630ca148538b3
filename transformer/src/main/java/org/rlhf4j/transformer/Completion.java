package org.rlhf4j.transformer;

/**
 * What a model wrote after a prompt.
 *
 * @param tokens with the stop token if there was one
 * @param logprobs of each token at the sampling temperature over the whole vocabulary
 * @param stopped true if a stop token ended it, false if the length did
 */
public record Completion(int[] tokens, double[] logprobs, boolean stopped) {
  public int length() {
    return tokens.length;
  }
}
