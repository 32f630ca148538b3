package org.rlhf4j.rlhf.cli;

import java.nio.file.Path;
import java.util.ArrayList;
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
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rlhf4j demo}. */
@Command(
    name = "demo",
    description =
        "Trains a small policy end to end, from raw text, or from --base in place of pretraining, to"
            + " PPO and DPO, and writes a report.",
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  @Option(names = "--seed", description = "Root of all randomness (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(names = "--quick", description = "Every stage, briefly: under a minute.")
  private boolean quick;

  @Mixin private RunOptions where = new RunOptions();
  @Mixin private MachineOptions machine = new MachineOptions();

  @Option(
      names = "--corpus",
      paramLabel = "FILE",
      description = "Learn from this text instead of the grammar's stories.")
  private List<Path> corpus = List.of();

  @ArgGroup(exclusive = false, multiplicity = "0..1")
  private final List<ModelOptions> models = new ArrayList<>();

  @Override
  public Integer call() {
    where.check();
    if (!models.isEmpty() && !corpus.isEmpty()) {
      throw new IllegalArgumentException("--base does not go with --corpus; give one");
    }
    DemoConfig config = (quick ? DemoConfig.quick(seed) : DemoConfig.full(seed)).withData(data());
    try (Backend backend = machine.open()) {
      Demo demo;
      try (WarmUp _ = new WarmUp(backend)) {
        demo = demo(config, backend);
      }
      long begin = System.nanoTime();
      RunFolder folder = new RunFolder(where.folder("demo"));
      Demo.Outcome outcome =
          where.resumes() ? demo.resume(backend, folder) : demo.run(backend, folder);
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
    if (models.isEmpty()) {
      return Demo.pretrained(config, Tasks.stories(config, key));
    }
    BaseModel base = models.getFirst().read();
    Task task = Tasks.stories(config, key, base.tokenizer());
    try (Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      task.requireFits(base.open(workspace).config().contextLength());
    }
    return new Demo(config, task, run -> base.open(run.workspace()));
  }

  private String data() {
    if (!corpus.isEmpty()) {
      return "corpus " + corpus.getFirst();
    }
    return models.stream()
        .map(model -> DemoConfig.STORIES + ", base " + model.base)
        .findFirst()
        .orElse(DemoConfig.STORIES);
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
