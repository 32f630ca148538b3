package org.rlhf4j.rlhf.data;

import java.util.Arrays;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.transformer.Completion;

/**
 * A prompt and one completion, as ids.
 *
 * @param prompt at least one token
 * @param completion at least one token; ends with the end token unless it was cut off
 * @param learned true at the completion's tokens that the model is to answer for; false where
 *     others speak in it, such as a tool or in later turns the user
 */
public record Dialogue(int[] prompt, int[] completion, boolean[] learned) {
  public Dialogue {
    if (prompt.length == 0 || completion.length == 0) {
      throw new IllegalArgumentException("a dialogue needs a prompt and a completion");
    }
    Rows.requireSameLength("completion", completion.length, "learned", learned.length);
  }

  /** A dialogue whose completion is all the model's. */
  public Dialogue(int[] prompt, int[] completion) {
    this(prompt, completion, all(completion.length));
  }

  private static boolean[] all(int length) {
    boolean[] all = new boolean[length];
    Arrays.fill(all, true);
    return all;
  }

  /** {@return a prompt with what a model wrote after it} */
  public static Dialogue of(int[] prompt, Completion completion) {
    return new Dialogue(prompt, completion.tokens(), completion.drawn());
  }

  public int length() {
    return prompt.length + completion.length;
  }
}
