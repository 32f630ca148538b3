package org.rlhf4j.rlhf.experiment;

import java.util.LinkedHashMap;
import java.util.Locale;
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
 * A policy that solves some problems answers each several times. From there it imitates as many of
 * its answers as there are problems: the best of each, the best of all, or random ones.
 *
 * @param about what the recipe shows, in a sentence
 * @param sft imitation of solutions, to begin with
 * @param completions of each training problem to choose from, sampled at temperature 1
 * @param tuning imitation of the chosen
 */
public record RejectionSamplingRecipe(
    String about,
    ProblemsConfig problems,
    ModelConfig model,
    StartConfig sft,
    int completions,
    TuningConfig tuning)
    implements Recipe {
  public RejectionSamplingRecipe {
    Check.positive("completions", completions);
  }

  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    Exercise exercise = Exercise.of(problems, 1, pool, key.child("problems"));
    SequencedMap<String, SequencedMap<String, Double>> figures = new LinkedHashMap<>();
    try (Workspace workspace = new Workspace(pool)) {
      Decoder start = model.decoder(exercise.vocabularySize(), workspace, key.child("model"));
      sft.tune(start, exercise, "sft", journal, key.child("sft"));
      figures.put("start", exercise.examine(start, key.child("exam")));
      for (Selection selection : Selection.values()) {
        try (Workspace own = new Workspace(pool)) {
          Decoder policy = start.copy(own);
          String name = selection.name().toLowerCase(Locale.ROOT).replace('_', ' ');
          new ExpertIteration(
                  exercise.sampler(),
                  exercise.reward(),
                  completions,
                  Double.NEGATIVE_INFINITY,
                  selection,
                  tuning.tuning())
              .round(policy, exercise.prompts(), name, journal, key.child("round"));
          figures.put(name, exercise.examine(policy, key.child("exam")));
        }
      }
    }
    return new Outcome(figures);
  }
}
