package org.rlhf4j.rlhf.experiment;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.rlhf4j.rlhf.select.ExpertIteration;
import org.rlhf4j.rlhf.select.Selection;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * A policy that solves some problems answers all, imitates its right answers, answers all again,
 * and so on.
 *
 * @param about what the recipe shows, in a sentence
 * @param sft imitation of solutions, to begin with
 * @param rounds of answering and imitating
 * @param completions of each training problem, sampled at temperature 1
 * @param tuning imitation of one right answer to each problem that has one
 */
public record ExpertIterationRecipe(
    String about,
    ProblemsConfig problems,
    ModelConfig model,
    StartConfig sft,
    int rounds,
    int completions,
    TuningConfig tuning)
    implements Recipe {
  public ExpertIterationRecipe {
    Check.positive("rounds", rounds);
    Check.positive("completions", completions);
  }

  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    Exercise exercise = Exercise.of(problems, 1, pool, key.child("problems"));
    ExpertIteration iteration =
        new ExpertIteration(
            exercise.sampler(),
            exercise.reward(),
            completions,
            1,
            Selection.TOP_PER_PROMPT,
            tuning.tuning());
    SequencedMap<String, SequencedMap<String, Double>> figures = new LinkedHashMap<>();
    try (Workspace workspace = new Workspace(pool)) {
      Decoder policy = model.decoder(exercise.vocabularySize(), workspace, key.child("model"));
      sft.tune(policy, exercise, "sft", journal, key.child("sft"));
      figures.put("start", exercise.examine(policy, key.child("exam")));
      for (int round = 1; round <= rounds; round++) {
        String name = "round " + round;
        iteration.round(policy, exercise.prompts(), name, journal, key.child(round));
        figures.put(name, exercise.examine(policy, key.child("exam")));
      }
    }
    return new Outcome(figures);
  }
}
