package org.rlhf4j.rlhf.recipe;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.rlhf4j.rlhf.data.ChatTemplate;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.data.Passages;
import org.rlhf4j.rlhf.data.StoryGrammar;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.ByteTokenizer;
import org.rlhf4j.transformer.Tokenizer;
import org.rlhf4j.transformer.WordTokenizer;

/** The tasks that come with the library. */
public final class Tasks {
  private static final int LEAST_CHARACTERS = 5_000;

  private Tasks() {}

  /** {@return stories of the grammar, a token per word} */
  public static Task stories(DemoConfig config, RandomKey key) {
    List<String> texts = new ArrayList<>();
    for (Example example :
        StoryGrammar.examples(key.child("text"), config.pretraining().examples())) {
      texts.add(ChatTemplate.render(example.prompt()) + example.completion() + "<|im_end|>");
    }
    return stories(config, key, WordTokenizer.of(texts));
  }

  /** {@return stories of the grammar in the tokens of a given base model} */
  public static Task stories(DemoConfig config, RandomKey key, Tokenizer tokenizer) {
    List<Example> read = StoryGrammar.examples(key.child("text"), config.pretraining().examples());
    int[] text =
        read.stream()
            .flatMapToInt(example ->
                IntStream.concat(
                    IntStream.of(tokenizer.begin()),
                    IntStream.of(tokenizer.encode(example.completion()))))
            .toArray();
    List<String> heldOut =
        StoryGrammar.examples(key.child("heldOut"), config.evaluation().prompts()).stream()
            .map(Example::prompt)
            .toList();
    return new Task(
        tokenizer,
        text,
        StoryGrammar.examples(key.child("examples"), config.tuning().examples()),
        heldOut);
  }

  /**
   * {@return passages of any text, a token per byte; the last tenth is for evaluation}
   *
   * @throws IllegalArgumentException if the text is too short
   */
  public static Task corpus(DemoConfig config, Path file) {
    String text = Passages.read(file, Math.max(LEAST_CHARACTERS, config.model().contextLength()));
    List<Example> passages = Passages.of(text);
    int split = passages.size() - Math.max(1, passages.size() / 10);
    Tokenizer tokenizer = new ByteTokenizer();
    List<Example> examples = repeat(passages.subList(0, split), config.tuning().examples());
    List<String> heldOut =
        repeat(passages.subList(split, passages.size()), config.evaluation().prompts()).stream()
            .map(Example::prompt)
            .toList();
    return new Task(
        tokenizer, tokenizer.encode(text.substring(0, text.length() * 9 / 10)), examples, heldOut);
  }

  private static List<Example> repeat(List<Example> examples, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> examples.get((int) ((long) i * 7919 % examples.size())))
        .toList();
  }
}
