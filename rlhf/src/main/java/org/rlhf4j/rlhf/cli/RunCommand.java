package org.rlhf4j.rlhf.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.rlhf4j.rlhf.experiment.Outcome;
import org.rlhf4j.rlhf.experiment.Recipe;
import org.rlhf4j.rlhf.experiment.RecipeFile;
import org.rlhf4j.rlhf.experiment.Results;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rlhf4j run}. */
@Command(
    name = "run",
    description = "Runs recipes and writes what they showed; without one, lists them.",
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  @Parameters(paramLabel = "RECIPE", description = "Names of the library's recipes, or files.")
  private List<String> names = List.of();

  @Option(names = "--all", description = "All recipes of the library.")
  private boolean all;

  @Option(
      names = "--set",
      paramLabel = "STAGE.KEY=VALUE",
      description = "A value in place of the recipe's; may be repeated.")
  private List<String> assignments = List.of();

  @Option(names = "--quick", description = "Every stage, briefly; the figures mean little.")
  private boolean quick;

  @Option(names = "--seed", description = "Root of all randomness (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(
      names = "--seeds",
      description = "How many seeds, from --seed on (default: ${DEFAULT-VALUE}).")
  private int seeds = 1;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "New folder for results and metrics (default: runs/run, then runs/run-2, ...).")
  private List<Path> out = List.of();

  @Option(names = "--threads", description = "Threads; results do not depend on it (default: all).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "reference, simd, or a device of another jar (default: ${DEFAULT-VALUE}).")
  private String device = "simd";

  @Override
  public Integer call() {
    Check.positive("--seeds", seeds);
    List<String> wanted = all ? RecipeFile.names() : names;
    Map<String, Recipe> recipes = new LinkedHashMap<>(); // all are read before any work starts
    wanted.forEach(name -> recipes.put(name, RecipeFile.open(name).recipe(quick, assignments)));
    if (recipes.isEmpty()) {
      RecipeFile.names()
          .forEach(name ->
              System.out.printf(
                  "%-24s %s%n", name, RecipeFile.open(name).recipe(false, List.of()).about()));
      return 0;
    }
    Path folder = RunDirectory.create(out, "run");
    Results results = new Results();
    recipes.forEach((name, recipe) -> {
      long begin = System.nanoTime();
      List<Outcome> outcomes = new ArrayList<>();
      for (long s = seed; s < seed + seeds; s++) {
        outcomes.add(run(name, recipe, folder, s));
      }
      results.add(name, command(name), recipe.about(), outcomes, (System.nanoTime() - begin) / 1e9);
      results.write(folder.resolve("results.md"));
    });
    System.out.printf(
        "%n%s%nWritten to %s%n", results.markdown(), folder.resolve("results.md").toAbsolutePath());
    return 0;
  }

  private Outcome run(String name, Recipe recipe, Path folder, long number) {
    String file = Path.of(name).getFileName() + "-" + number + ".jsonl";
    try (Backend backend = Backends.open(device, threads);
        Pool pool = new Pool(backend)) {
      return recipe.run(pool, new Journal(folder.resolve(file)), new RandomKey(number));
    }
  }

  private String command(String name) {
    StringBuilder command = new StringBuilder("./rlhf4j run ").append(name);
    if (quick) {
      command.append(" --quick");
    }
    assignments.forEach(assignment -> command.append(" --set ").append(assignment));
    if (seed != 1) {
      command.append(" --seed ").append(seed);
    }
    if (seeds != 1) {
      command.append(" --seeds ").append(seeds);
    }
    return command.toString();
  }
}
