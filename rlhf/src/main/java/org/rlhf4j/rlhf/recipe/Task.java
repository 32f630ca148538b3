package org.rlhf4j.rlhf.recipe;

import java.util.List;
import org.rlhf4j.rlhf.data.ChatTemplate;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.transformer.Tokenizer;

/**
 * What the run is about: text to read, examples to imitate, prompts to answer.
 *
 * @param tokenizer of all text
 * @param text token ids for pretraining, documents one after another
 * @param examples for instruction tuning and as source of training prompts
 * @param heldOutPrompts prompts for evaluation only
 */
public record Task(
    Tokenizer tokenizer, int[] text, List<Example> examples, List<String> heldOutPrompts) {
  public ChatTemplate template() {
    return new ChatTemplate(tokenizer);
  }
}
