package org.rlhf4j.rlhf.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.rlhf4j.rlhf.recipe.Demo;
import org.rlhf4j.rlhf.recipe.DemoConfig;
import org.rlhf4j.rlhf.recipe.PolicyScore;
import org.rlhf4j.rlhf.recipe.RunFolder;
import org.rlhf4j.rlhf.recipe.Task;
import org.rlhf4j.rlhf.recipe.Tasks;
import org.rlhf4j.rlhf.train.BaseModel;
import org.rlhf4j.rlhf.train.WarmUp;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.checkpoint.DecoderFile;
import org.rlhf4j.transformer.tokenizer.Tokenizer;
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
      names = "--resume",
      paramLabel = "DIR",
      description = "Continue the run in this folder; give the flags it was begun with.")
  private List<Path> resume = List.of();

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "reference, simd, or a device of another jar (default: ${DEFAULT-VALUE}).")
  private String device = "simd";

  @Option(
      names = "--corpus",
      paramLabel = "FILE",
      description = "Learn from this text instead of the grammar's stories.")
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
    if (!out.isEmpty() && !resume.isEmpty()) {
      throw new IllegalArgumentException("--out names a new run and --resume an old one; give one");
    }
    DemoConfig config = (quick ? DemoConfig.quick(seed) : DemoConfig.full(seed)).withData(data());
    try (Backend backend = Backends.open(device, threads)) {
      Demo demo;
      try (WarmUp _ = new WarmUp(device)) {
        demo = demo(config, backend);
      }
      long begin = System.nanoTime();
      Demo.Outcome outcome =
          resume.isEmpty()
              ? demo.run(backend, new RunFolder(folder()))
              : demo.resume(backend, new RunFolder(resume.getFirst()));
      print(outcome, (System.nanoTime() - begin) / 1e9);
    }
    return 0;
  }

  /** Reads and checks everything before any work starts. */
  private Demo demo(DemoConfig config, Backend backend) {
    RandomKey key = new RandomKey(seed).child("task");
    if (!corpus.isEmpty()) {
      return Demo.pretrained(config, Tasks.corpus(config, corpus.getFirst()));
    }
    if (base.isEmpty()) {
      return Demo.pretrained(config, Tasks.stories(config, key));
    }
    Tokenizer given = BaseModel.readTokenizer(tokenizer.getFirst());
    Task task = Tasks.stories(config, key, given);
    try (Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Decoder decoder = DecoderFile.read(base.getFirst(), workspace);
      BaseModel.requireMatch(decoder, given);
      task.requireFits(decoder.config().contextLength());
    }
    return new Demo(config, task, run -> DecoderFile.read(base.getFirst(), run.workspace()));
  }

  private String data() {
    return !corpus.isEmpty()
        ? "corpus " + corpus.getFirst()
        : base.isEmpty() ? DemoConfig.STORIES : DemoConfig.STORIES + ", base " + base.getFirst();
  }

  private Path folder() {
    if (!out.isEmpty()) {
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
