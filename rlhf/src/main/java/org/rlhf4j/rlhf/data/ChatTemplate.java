package org.rlhf4j.rlhf.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.rlhf4j.transformer.tokenizer.Tokenizer;

/**
 * The ChatML form of an exchange:
 *
 * <pre>
 * &lt;|im_start|&gt;user
 * PROMPT&lt;|im_end|&gt;
 * &lt;|im_start|&gt;assistant
 * COMPLETION&lt;end&gt;
 * </pre>
 *
 * and so on, each further turn on a new line.
 *
 * <p>The marks are single tokens where the tokenizer knows them, else plain text. What ends the
 * answer is always one token, the tokenizer's own, so that a model can learn to stop.
 */
public record ChatTemplate(Tokenizer tokenizer) implements Template {
  /** What a turn begins with. */
  public static final String START = "<|im_start|>";

  /** What a turn ends with. */
  public static final String END = "<|im_end|>";

  @Override
  public int[] prompt(String prompt) {
    return prompt(List.of(Turn.user(prompt)));
  }

  /**
   * {@return ids of a conversation so far, ready to be continued}
   *
   * @param history as of a {@link Conversation} without its last answer
   */
  public int[] prompt(List<Turn> history) {
    return join(parts(history, true));
  }

  /** {@return the last answer after the whole history, which is read but not learned} */
  public Dialogue lastAnswer(Conversation conversation) {
    return new Dialogue(prompt(conversation.history()), completion(conversation.answer()));
  }

  /**
   * {@return the whole conversation, of which all of the assistant's turns are learned, with the
   * tokens that end them}
   */
  public Dialogue allAnswers(Conversation conversation) {
    List<Part> parts = parts(conversation.turns(), false);
    int first = 0;
    while (!parts.get(first).learned()) {
      first++;
    }
    List<Part> rest = parts.subList(first, parts.size() - 1); // nothing follows the last answer
    int[] completion = join(rest);
    boolean[] learned = new boolean[completion.length];
    int from = 0;
    for (Part part : rest) {
      Arrays.fill(learned, from, from + part.ids().length, part.learned());
      from += part.ids().length;
    }
    return new Dialogue(join(parts.subList(0, first)), completion, learned);
  }

  private record Part(int[] ids, boolean learned) {}

  /**
   * @param opened whether an answer is to follow
   */
  private List<Part> parts(List<Turn> turns, boolean opened) {
    List<Part> parts = new ArrayList<>();
    read(parts, new int[] {tokenizer.begin()});
    for (Turn turn : turns) {
      read(parts, mark(START));
      String role = turn.role().name().toLowerCase(Locale.ROOT) + "\n";
      if (turn.role() == Turn.Role.ASSISTANT) {
        read(parts, tokenizer.encodeContinuation(role));
        parts.add(new Part(completion(turn.text()), true));
      } else {
        read(parts, tokenizer.encodeContinuation(role + turn.text()));
        read(parts, mark(END));
      }
      read(parts, tokenizer.encodeContinuation("\n"));
    }
    if (opened) {
      read(parts, mark(START));
      read(parts, tokenizer.encodeContinuation("assistant\n"));
    }
    return parts;
  }

  private static void read(List<Part> parts, int[] ids) {
    parts.add(new Part(ids, false));
  }

  private static int[] join(List<Part> parts) {
    return parts.stream().flatMapToInt(part -> IntStream.of(part.ids())).toArray();
  }

  private int[] mark(String name) {
    OptionalInt special = tokenizer.special(name);
    return special.isPresent()
        ? new int[] {special.getAsInt()}
        : tokenizer.encodeContinuation(name);
  }
}
