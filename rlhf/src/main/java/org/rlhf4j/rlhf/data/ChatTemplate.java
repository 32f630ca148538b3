package org.rlhf4j.rlhf.data;

import java.util.Arrays;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.rlhf4j.transformer.tokenizer.Tokenizer;

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
  /** What a turn begins with. */
  public static final String START = "<|im_start|>";

  /** What a turn ends with. */
  public static final String END = "<|im_end|>";

  /** {@return ids of a prompt, ready to be continued} */
  public int[] prompt(String prompt) {
    return Stream.of(
            new int[] {tokenizer.begin()},
            mark(START),
            tokenizer.encodeContinuation("user\n" + prompt),
            mark(END),
            tokenizer.encodeContinuation("\n"),
            mark(START),
            tokenizer.encodeContinuation("assistant\n"))
        .flatMapToInt(IntStream::of)
        .toArray();
  }

  /** {@return ids of a completion, with the token that ends it} */
  public int[] completion(String completion) {
    int[] text = tokenizer.encodeContinuation(completion);
    int[] ids = Arrays.copyOf(text, text.length + 1);
    ids[text.length] = tokenizer.end();
    return ids;
  }

  private int[] mark(String name) {
    OptionalInt special = tokenizer.special(name);
    return special.isPresent()
        ? new int[] {special.getAsInt()}
        : tokenizer.encodeContinuation(name);
  }
}
