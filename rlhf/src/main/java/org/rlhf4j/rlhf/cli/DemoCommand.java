package org.rlhf4j.rlhf.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.rlhf4j.rlhf.recipe.Demo;
import org.rlhf4j.rlhf.recipe.DemoConfig;
import org.rlhf4j.rlhf.recipe.PolicyScore;
import org.rlhf4j.rlhf.recipe.Task;
import org.rlhf4j.rlhf.recipe.Tasks;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Tokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code rlhf4j demo}. */
@Command(
    name = "demo",
    description =
        "Trains a small policy end to end, from raw text to PPO and DPO, and writes a report.",
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  @Option(names = "--seed", description = "Root of all randomness (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(names = "--threads", description = "Threads; results do not depend on it (default: all).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(names = "--quick", description = "Every stage, briefly: under a minute.")
  private boolean quick;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "New folder for the run (default: runs/demo, then runs/demo-2, ...).")
  private List<Path> out = List.of();

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "reference, simd, or a device of another jar (default: ${DEFAULT-VALUE}).")
  private String device = "simd";

  @Option(
      names = "--corpus",
      paramLabel = "FILE",
      description = "Learn from this text, byte by byte, instead of the grammar's stories.")
  private List<Path> corpus = List.of();

  @Option(
      names = "--base",
      paramLabel = "FILE",
      description =
          "Start from this model (llama2.c .bin, or .safetensors) instead of pretraining.")
  private List<Path> base = List.of();

  @Option(
      names = "--tokenizer",
      paramLabel = "FILE",
      description = "Tokenizer of --base: llama2.c .bin or a run's tokenizer.txt.")
  private List<Path> tokenizer = List.of();

  @Override
  public Integer call() {
    if (base.size() != tokenizer.size() || (!base.isEmpty() && !corpus.isEmpty())) {
      throw new IllegalArgumentException("--base needs --tokenizer, and does not go with --corpus");
    }
    DemoConfig config = quick ? DemoConfig.quick(seed) : DemoConfig.full(seed);
    try (Backend backend = Backends.open(device, threads)) {
      Task task = task(config, backend);
      Path folder = folder();
      Demo demo = new Demo(config, folder);
      long begin = System.nanoTime();
      Demo.Outcome outcome =
          base.isEmpty()
              ? demo.run(backend, task)
              : demo.runFrom(backend, task, w -> Models.decoder(base.getFirst(), w));
      print(outcome, (System.nanoTime() - begin) / 1e9);
    }
    return 0;
  }

  /** Reads and checks everything before any work starts. */
  private Task task(DemoConfig config, Backend backend) {
    RandomKey key = new RandomKey(seed).child("task");
    if (!corpus.isEmpty()) {
      return Tasks.corpus(config, corpus.getFirst());
    }
    if (base.isEmpty()) {
      return Tasks.stories(config, key);
    }
    Tokenizer given = Models.tokenizer(tokenizer.getFirst());
    try (Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Models.requireMatch(Models.decoder(base.getFirst(), workspace), given);
    }
    return Tasks.stories(config, key, given);
  }

  private Path folder() {
    if (!out.isEmpty()) {
      if (Files.exists(out.getFirst().resolve("config.yaml"))) {
        throw new IllegalArgumentException(
            out.getFirst() + " holds a run already; name a new folder");
      }
      return out.getFirst();
    }
    Path folder = Path.of("runs", "demo");
    for (int i = 2; Files.exists(folder); i++) {
      folder = Path.of("runs", "demo-" + i);
    }
    return folder;
  }

  private static void print(Demo.Outcome outcome, double seconds) {
    System.out.printf(
        Locale.ROOT,
        "%nreward model: %.1f %% of unseen pairs ordered as labelled%n%n"
            + "policy    gold   gain over sft     proxy      KL  tokens   win rate against sft%n",
        100 * outcome.rewardAccuracy());
    for (PolicyScore score : outcome.scores()) {
      System.out.printf(
          Locale.ROOT,
          "%-6s  %6.2f  [%5.2f, %5.2f]  %8.2f  %6.2f  %6.1f   %3.0f %% [%2.0f, %2.0f]%n",
          score.name(),
          score.gold(),
          score.goldGain().low(),
          score.goldGain().high(),
          score.proxy(),
          score.kl(),
          score.length(),
          100 * score.winRate(),
          100 * score.winRateInterval().low(),
          100 * score.winRateInterval().high());
    }
    System.out.printf(
        Locale.ROOT,
        "%n%.0f seconds. The report is at %s%n",
        seconds,
        outcome.report().toAbsolutePath());
  }
}
