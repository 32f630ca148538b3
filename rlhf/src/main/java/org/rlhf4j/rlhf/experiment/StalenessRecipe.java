package org.rlhf4j.rlhf.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.online.Asynchrony;
import org.rlhf4j.rlhf.online.OnlineOptions;
import org.rlhf4j.rlhf.online.WeightedReward;
import org.rlhf4j.rlhf.policy.OffPolicyCorrection;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * The same optimisation with completions from a thread that samples ahead, from weights of several
 * ages, with and without truncated importance weights.
 *
 * @param about what the recipe shows, in a sentence
 * @param stalenesses iterations by which the sampler's weights are older than the learner's
 * @param cap at which an importance weight of a token is cut
 */
public record StalenessRecipe(
    String about,
    ProblemsConfig problems,
    ModelConfig model,
    StartConfig sft,
    PolicyConfig policy,
    List<Integer> stalenesses,
    double cap)
    implements Recipe {
  private static final int SAMPLER_THREADS = 1;
  private static final int LATE = 5; // iterations of which the last rewards are averaged

  public StalenessRecipe {
    stalenesses = List.copyOf(stalenesses);
    stalenesses.forEach(staleness -> Check.notNegative("stalenesses", staleness));
    Check.positive("cap", cap);
  }

  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    Exercise exercise = Exercise.of(problems, policy.temperature(), pool, key.child("problems"));
    SequencedMap<String, SequencedMap<String, Double>> figures = new LinkedHashMap<>();
    try (Workspace workspace = new Workspace(pool)) {
      Decoder reference = model.decoder(exercise.vocabularySize(), workspace, key.child("model"));
      sft.tune(reference, exercise, "sft", journal, key.child("sft"));
      for (int staleness : stalenesses) {
        List<List<OffPolicyCorrection>> corrections = new ArrayList<>(List.of(List.of()));
        if (staleness > 0) {
          corrections.add(
              List.of(
                  new OffPolicyCorrection(
                      OffPolicyCorrection.Level.TOKEN, new OffPolicyCorrection.Truncated(cap))));
        }
        for (List<OffPolicyCorrection> correction : corrections) {
          String stage = "staleness " + staleness + (correction.isEmpty() ? "" : " weighted");
          try (Workspace own = new Workspace(pool)) {
            Decoder learned = reference.copy(own);
            train(
                new Asynchrony(staleness, SAMPLER_THREADS, correction),
                learned,
                reference,
                exercise,
                stage,
                journal,
                key.child("policy"));
            figures.put(stage, row(stage, journal, learned, exercise, key));
          }
        }
      }
    }
    return new Outcome(figures);
  }

  private void train(
      Asynchrony asynchrony,
      Decoder learned,
      Decoder reference,
      Exercise exercise,
      String stage,
      Journal journal,
      RandomKey key) {
    policy
        .optimization(
            List.of(new WeightedReward("exact", 1, exercise.reward())),
            exercise.sampler(),
            OnlineOptions.USUAL.with(asynchrony))
        .train(learned, reference, exercise.prompts(), stage, journal, key);
  }

  private static SequencedMap<String, Double> row(
      String stage, Journal journal, Decoder learned, Exercise exercise, RandomKey key) {
    List<Journal.Entry> entries =
        journal.entries().stream().filter(entry -> entry.stage().equals(stage)).toList();
    SequencedMap<String, Double> row = new LinkedHashMap<>();
    exercise
        .examine(learned, key.child("evaluate"))
        .forEach((figure, value) -> row.put(figure + " after rl", value));
    row.put("reward of all iterations", mean(entries, "reward/mean"));
    row.put(
        "reward of the last five",
        mean(entries.subList(Math.max(0, entries.size() - LATE), entries.size()), "reward/mean"));
    row.put(
        "clipped tokens", mean(entries, "clip_fraction/low") + mean(entries, "clip_fraction/high"));
    return row;
  }

  private static double mean(List<Journal.Entry> entries, String metric) {
    return Rows.mean(
        entries.stream().mapToDouble(e -> e.metrics().getOrDefault(metric, 0.0)).toArray());
  }
}
