package org.rlhf4j.rlhf.recipe;

import java.util.List;
import java.util.stream.Stream;
import org.rlhf4j.rlhf.data.ChatTemplate;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.transformer.tokenizer.Tokenizer;

/**
 * What the run is about: text to read, examples to imitate, prompts to answer.
 *
 * @param tokenizer of all text
 * @param text token ids for pretraining, documents one after another
 * @param examples for instruction tuning and as source of training prompts
 * @param heldOutPrompts prompts for evaluation only
 * @param maxNewTokens most tokens of an answer; what is longer is cut off
 */
public record Task(
    Tokenizer tokenizer,
    int[] text,
    List<Example> examples,
    List<String> heldOutPrompts,
    int maxNewTokens) {
  /** {@return a task whose answers may become as long as the longest example} */
  public static Task of(
      Tokenizer tokenizer, int[] text, List<Example> examples, List<String> heldOutPrompts) {
    ChatTemplate template = new ChatTemplate(tokenizer);
    int longest =
        examples.stream()
            .mapToInt(example -> template.completion(example.completion()).length)
            .max()
            .orElseThrow();
    return new Task(tokenizer, text, examples, heldOutPrompts, longest);
  }

  public ChatTemplate template() {
    return new ChatTemplate(tokenizer);
  }

  /**
   * Refuses a task that a model cannot hold.
   *
   * @throws IllegalArgumentException if a prompt and its answer may exceed the context
   */
  public void requireFits(int contextLength) {
    int prompt =
        Stream.concat(examples.stream().map(Example::prompt), heldOutPrompts.stream())
            .mapToInt(text -> template().prompt(text).length)
            .max()
            .orElseThrow();
    if (prompt + maxNewTokens > contextLength) {
      throw new IllegalArgumentException(
          "prompts of up to %d tokens and answers of up to %d do not fit the model's context of %d"
              .formatted(prompt, maxNewTokens, contextLength));
    }
  }
}
