package org.rlhf4j.rlhf.online;

import java.util.List;
import org.rlhf4j.rlhf.data.Dialogue;

/**
 * A completion as a policy wrote it.
 *
 * @param prompt as text
 * @param dialogue prompt and completion as ids; the token that ends the completion is part of it
 * @param text of the completion
 * @param logprobs of the completion's tokens at the sampling temperature, [token]; 0 where the
 *     token was not drawn
 * @param finished whether the policy ended the completion itself; else it was cut off
 */
public record Sample(
    String prompt, Dialogue dialogue, String text, double[] logprobs, boolean finished) {
  /** {@return tokens of the completion} */
  public int length() {
    return logprobs.length;
  }

  /** {@return the dialogues of samples} */
  public static List<Dialogue> dialogues(List<Sample> samples) {
    return samples.stream().map(Sample::dialogue).toList();
  }
}
