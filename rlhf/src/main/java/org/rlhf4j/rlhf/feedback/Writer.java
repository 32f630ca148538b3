package org.rlhf4j.rlhf.feedback;

import java.util.List;
import org.rlhf4j.rlhf.data.ChatTemplate;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.GenerationConfig;
import org.rlhf4j.transformer.Generator;

/** Someone who writes what a text asks for: a model, or in tests a script. */
@FunctionalInterface
public interface Writer {
  /** {@return one text for each request} */
  List<String> write(List<String> requests);

  /**
   * {@return a local model} What it writes follows from the key and the request alone: the same
   * request twice gets the same text.
   */
  static Writer of(
      Generator generator, ChatTemplate template, GenerationConfig config, RandomKey key) {
    return requests -> {
      List<Generator.Prompt> prompts =
          requests.stream()
              .map(request -> new Generator.Prompt(template.prompt(request), key.child(request)))
              .toList();
      return generator.generate(prompts, config, (_, _) -> {}).stream()
          .map(completion -> template.tokenizer().decode(completion.tokens()).strip())
          .toList();
    };
  }
}
