package org.rlhf4j.rlhf.recipe;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.tokenizer.WordTokenizer;

/** A run small enough for a test: a few words, a decoder of two narrow layers. */
final class TinyRun {
  static final WordTokenizer WORDS =
      WordTokenizer.of(List.of("<|im_start|> user \n assistant go red green blue"));

  private TinyRun() {}

  interface Body {
    void accept(Run run) throws Exception;
  }

  /** {@return a config whose stages take a second or less} */
  static DemoConfig config() {
    return new DemoConfig(
        7,
        "test",
        new DemoConfig.Model(128, 32, 2, 2, 64),
        new DemoConfig.Sampling(1, 32),
        new DemoConfig.Pretraining(100, 60, 8, 1e-2),
        new DemoConfig.Tuning(96, 16, 5e-3),
        new DemoConfig.Preferences(48, 0.1, 16),
        new DemoConfig.Tuning(48, 16, 2e-3),
        new DemoConfig.Ppo(2, 16, 2, 8, 1e-3, 0.2, 0.2, 0.5, 1, 0.95, 0.05, 1),
        new DemoConfig.Dpo(1, 16, 1e-3, 0.1),
        new DemoConfig.Evaluation(16, 2));
  }

  /** {@return a task whose answers are one or two colours} */
  static Task colours(int maxNewTokens) {
    List<String> answers = List.of("red green", "blue", "red");
    List<Example> examples =
        IntStream.range(0, 96).mapToObj(i -> new Example("go", answers.get(i % 3))).toList();
    return new Task(
        WORDS, WORDS.encode("red green blue ".repeat(100)), examples, List.of("go"), maxNewTokens);
  }

  static int id(String word) {
    return WORDS.encode(word)[0];
  }

  /** {@return one answer to the only prompt} */
  static Dialogue answer(Task task, String text) {
    return new Dialogue(task.template().prompt("go"), task.template().completion(text));
  }

  static Decoder decoder(Run run) {
    return new Decoder(
        ParameterScope.root(run.workspace(), new RandomKey(11)),
        DecoderConfig.llama(WORDS.vocabularySize(), 64, 32, 2, 2, 2, 64));
  }

  static void with(DemoConfig config, Task task, Body body) throws Exception {
    with("simd", config, task, body);
  }

  static void with(String device, DemoConfig config, Task task, Body body) throws Exception {
    Path folder = Files.createTempDirectory("rlhf4j");
    try (Backend backend = Backends.open(device, 2);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Journal journal = new Journal(folder.resolve("metrics.jsonl"));
      body.accept(new Run(config, task, new RandomKey(config.seed()), workspace, journal));
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
