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
import org.rlhf4j.rlhf.experiment.ResultsPage;
import org.rlhf4j.rlhf.experiment.SeedFile;
import org.rlhf4j.rlhf.report.MarkedPage;
import org.rlhf4j.rlhf.report.RecipeReport;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rlhf4j run}. */
@Command(
    name = "run",
    description = {
      "Runs recipes and writes what they showed; without one, lists them.",
      "--base is for recipes that begin with a model: short for --set base.model=FILE."
    },
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
      names = "--page",
      paramLabel = "FILE",
      description =
          "Also put the rows into the tables of this page, between its marks; other recipes' stay.")
  private List<Path> page = List.of();

  @Mixin private RunOptions where = new RunOptions();

  @ArgGroup(exclusive = false, multiplicity = "0..1")
  private final List<ModelOptions> models = new ArrayList<>();

  @Mixin private MachineOptions machine = new MachineOptions();

  @Override
  public Integer call() {
    Check.positive("--seeds", seeds);
    where.check();
    Map<String, Recipe> recipes = read(all ? RecipeFile.names() : names);
    if (recipes.isEmpty()) {
      RecipeFile.names()
          .forEach(name ->
              System.out.printf(
                  "%-24s %s%n", name, RecipeFile.open(name).recipe(false, List.of()).about()));
      return 0;
    }
    List<MarkedPage> pages = page.stream().map(file -> MarkedPage.read(file, "run")).toList();
    Path folder = where.folder(folderName(recipes));
    Results results = new Results();
    recipes.forEach((name, recipe) -> run(name, recipe, folder, results));
    pages.forEach(
        found -> found.write(ResultsPage.merged(found.tables(), results.markdown()).strip()));
    System.out.printf(
        "%n%s%nWritten to %s%n", results.markdown(), folder.resolve("results.md").toAbsolutePath());
    return 0;
  }

  private static String folderName(Map<String, Recipe> recipes) {
    return recipes.size() == 1
        ? Path.of(recipes.keySet().iterator().next()).getFileName().toString().replace(".yaml", "")
        : "run";
  }

  /**
   * Reads all recipes before any work starts. One whose base model is not there is refused, or left
   * out where all were asked for.
   */
  private Map<String, Recipe> read(List<String> wanted) {
    Map<String, Recipe> recipes = new LinkedHashMap<>();
    for (String name : wanted) {
      Recipe recipe = RecipeFile.open(name).recipe(quick, assignments(name));
      if (recipe.missing().isEmpty()) {
        recipes.put(name, recipe);
      } else {
        String absent =
            "%s needs %s, which is not there; name a model with --base"
                .formatted(name, recipe.missing().getFirst());
        if (!all) {
          throw new IllegalArgumentException(absent);
        }
        System.err.println("skipped: " + absent);
      }
    }
    return recipes;
  }

  /** With {@code --all} the base model is meant for the recipes that begin with one. */
  private List<String> assignments(String name) {
    List<String> values = new ArrayList<>(assignments);
    if (!all || RecipeFile.open(name).hasBase()) {
      for (ModelOptions model : models) {
        values.add("base.model=" + model.base);
        model.tokenizer.forEach(file -> values.add("base.tokenizer=" + file));
      }
    }
    return values;
  }

  private void run(String name, Recipe recipe, Path folder, Results results) {
    String prefix = String.valueOf(Path.of(name).getFileName());
    List<SeedFile.Finished> finished = new ArrayList<>();
    List<List<Journal.Entry>> journals = new ArrayList<>();
    for (int i = 0; i < seeds; i++) {
      String file = prefix + "-" + (seed + i);
      SeedFile done = new SeedFile(folder.resolve(file + ".json"));
      Path steps = folder.resolve(file + ".jsonl");
      Journal journal = Journal.resume(steps, _ -> done.exists());
      System.err.printf("%s, seed %d (%d of %d)%n", name, seed + i, i + 1, seeds);
      finished.add(done.exists() ? done.read(recipe) : run(recipe, journal, seed + i, done));
      journals.add(journal.entries());
    }
    List<Outcome> outcomes = finished.stream().map(SeedFile.Finished::outcome).toList();
    double seconds = finished.stream().mapToDouble(SeedFile.Finished::seconds).sum();
    results.add(
        name, RecipeFile.open(name).kind(), command(name), recipe.about(), outcomes, seconds);
    results.write(folder.resolve("results.md"));
    new RecipeReport(
            name,
            command(name),
            recipe.about(),
            RecipeReport.machine(machine.device, machine.threads),
            outcomes,
            seconds / seeds,
            journals)
        .write(folder.resolve(prefix + ".html"));
  }

  private SeedFile.Finished run(Recipe recipe, Journal journal, long number, SeedFile file) {
    long begin = System.nanoTime();
    try (Backend backend = machine.open();
        Pool pool = new Pool(backend)) {
      Outcome outcome = recipe.run(pool, journal, new RandomKey(number));
      var finished = new SeedFile.Finished(outcome, (System.nanoTime() - begin) / 1e9);
      file.write(recipe, finished);
      return finished;
    }
  }

  private String command(String name) {
    StringBuilder command = new StringBuilder("./rlhf4j run ").append(name);
    if (quick) {
      command.append(" --quick");
    }
    assignments(name).forEach(assignment -> command.append(" --set ").append(assignment));
    if (seed != 1) {
      command.append(" --seed ").append(seed);
    }
    if (seeds != 1) {
      command.append(" --seeds ").append(seeds);
    }
    return command.toString();
  }
}
