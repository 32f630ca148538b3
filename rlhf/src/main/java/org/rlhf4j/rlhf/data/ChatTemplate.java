package org.rlhf4j.rlhf.data;

import java.util.Arrays;
import org.rlhf4j.transformer.Tokenizer;

/**
 * The ChatML form of one exchange:
 *
 * <pre>
 * &lt;|im_start|&gt;user
 * PROMPT&lt;|im_end|&gt;
 * &lt;|im_start|&gt;assistant
 * COMPLETION&lt;end&gt;
 * </pre>
 *
 * The marks are single tokens where the tokenizer knows them, else plain text. What ends the answer
 * is always one token, the tokenizer's own, so that a model can learn to stop.
 */
public record ChatTemplate(Tokenizer tokenizer) {
  /** {@return the form of a prompt that the assistant continues} */
  public static String render(String prompt) {
    return "<|im_start|>user\n" + prompt + "<|im_end|>\n<|im_start|>assistant\n";
  }

  /** {@return ids of a prompt, ready to be continued} */
  public int[] prompt(String prompt) {
    int[] text = tokenizer.encode(render(prompt));
    int[] ids = new int[text.length + 1];
    ids[0] = tokenizer.begin();
    System.arraycopy(text, 0, ids, 1, text.length);
    return ids;
  }

  /** {@return ids of a completion, with the token that ends it} */
  public int[] completion(String completion) {
    int[] text = tokenizer.encode(completion);
    int[] ids = Arrays.copyOf(text, text.length + 1);
    ids[text.length] = tokenizer.end();
    return ids;
  }
}
