package org.rlhf4j.rlhf.data;

import org.rlhf4j.transformer.Completion;

/**
 * A prompt and one completion, as ids.
 *
 * @param prompt at least one token
 * @param completion at least one token; ends with the end token unless it was cut off
 */
public record Dialogue(int[] prompt, int[] completion) {
  public Dialogue {
    if (prompt.length == 0 || completion.length == 0) {
      throw new IllegalArgumentException("a dialogue needs a prompt and a completion");
    }
  }

  /** {@return a prompt with what a model wrote after it} */
  public static Dialogue of(int[] prompt, Completion completion) {
    return new Dialogue(prompt, completion.tokens());
  }

  public int length() {
    return prompt.length + completion.length;
  }
}
