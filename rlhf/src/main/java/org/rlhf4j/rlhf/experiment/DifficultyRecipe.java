package org.rlhf4j.rlhf.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.online.OnlineOptions;
import org.rlhf4j.rlhf.online.PromptOrder;
import org.rlhf4j.rlhf.online.WeightedReward;
import org.rlhf4j.rlhf.select.Candidates;
import org.rlhf4j.rlhf.select.Curriculum;
import org.rlhf4j.rlhf.select.Difficulty;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * Which problems to learn from: all of them, those that the start solves neither too rarely nor too
 * often, all from easy to hard, or all but with new ones in the place of groups without contrast.
 * As many updates for each.
 *
 * @param about what the recipe shows, in a sentence
 * @param samples of each problem by which its difficulty is measured, before training
 * @param least share of samples that solve a problem which is kept; 0.2 is usual
 * @param most the same, from above; 0.8 is usual
 * @param levels of the curriculum
 * @param focus share of draws from its newest level
 */
public record DifficultyRecipe(
    String about,
    ProblemsConfig problems,
    ModelConfig model,
    StartConfig sft,
    PolicyConfig policy,
    int samples,
    double least,
    double most,
    int levels,
    double focus)
    implements Recipe {
  private static final int NEW_GROUPS = 3; // rounds of them at most, for those without contrast

  public DifficultyRecipe {
    Check.positive("samples", samples);
    Difficulty.within(new double[0], least, most);
    Check.range("levels", levels, 1, problems.training());
    Check.range("focus", focus, Math.nextUp(0.0), 1);
  }

  /** How prompts are drawn. */
  private record Variant(String name, PolicyConfig policy, OnlineOptions options, int learnable) {}

  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    Exercise exercise = Exercise.of(problems, policy.temperature(), pool, key.child("problems"));
    SequencedMap<String, SequencedMap<String, Double>> figures = new LinkedHashMap<>();
    try (Workspace workspace = new Workspace(pool)) {
      Decoder start = model.decoder(exercise.vocabularySize(), workspace, key.child("model"));
      sft.tune(start, exercise, "sft", journal, key.child("sft"));
      for (Variant variant : variants(solveRates(exercise, start, key))) {
        try (Workspace own = new Workspace(pool)) {
          Decoder learned = start.copy(own);
          train(variant, learned, start, exercise, journal, key.child("policy"));
          SequencedMap<String, Double> row =
              new LinkedHashMap<>(exercise.examine(learned, key.child("evaluate")));
          row.put("groups without contrast", mean(journal, variant.name(), "frac_zero_std"));
          row.put("problems to learn from", (double) variant.learnable());
          figures.put(variant.name(), row);
        }
      }
    }
    return new Outcome(figures);
  }

  private double[] solveRates(Exercise exercise, Decoder start, RandomKey key) {
    double[][] right =
        Candidates.sample(
                exercise.sampler(), start, exercise.prompts(), samples, key.child("difficulty"))
            .score(exercise.reward());
    boolean[][] solved = new boolean[right.length][samples];
    for (int i = 0; i < right.length; i++) {
      for (int j = 0; j < samples; j++) {
        solved[i][j] = right[i][j] == 1;
      }
    }
    return Difficulty.solveRates(solved);
  }

  private List<Variant> variants(double[] solveRates) {
    int all = solveRates.length;
    OnlineOptions usual = OnlineOptions.USUAL;
    List<Variant> variants = new ArrayList<>();
    variants.add(new Variant("all problems", policy, usual, all));
    List<Integer> kept = Difficulty.within(solveRates, least, most);
    if (kept.isEmpty()) {
      throw new IllegalStateException(
          "the start solves no problem in %s to %s of %d samples; imitate for longer"
              .formatted(least, most, samples));
    }
    PromptOrder within = (_, random) -> kept.get(random.nextInt(kept.size()));
    variants.add(
        new Variant(
            "%.0f to %.0f %% solved".formatted(100 * least, 100 * most),
            policy,
            usual.with(within),
            kept.size()));
    PromptOrder curriculum = Curriculum.bySolveRate(solveRates, levels, focus);
    variants.add(new Variant("easy to hard", policy, usual.with(curriculum), all));
    variants.add(
        new Variant("groups with contrast", policy.withResamplings(NEW_GROUPS), usual, all));
    return variants;
  }

  private static void train(
      Variant variant,
      Decoder learned,
      Decoder start,
      Exercise exercise,
      Journal journal,
      RandomKey key) {
    variant
        .policy()
        .optimization(
            List.of(new WeightedReward("exact", 1, exercise.reward())),
            exercise.sampler(),
            variant.options())
        .train(learned, start, exercise.prompts(), variant.name(), journal, key);
  }

  private static double mean(Journal journal, String stage, String metric) {
    return Rows.mean(
        journal.entries().stream()
            .filter(entry -> entry.stage().equals(stage))
            .mapToDouble(entry -> entry.metrics().getOrDefault(metric, 0.0))
            .toArray());
  }
}
