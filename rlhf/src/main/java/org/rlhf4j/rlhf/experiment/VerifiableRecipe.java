package org.rlhf4j.rlhf.experiment;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * Problems whose answers a program checks: a policy imitates solutions for a while, then learns
 * from nothing but how right its own answers are.
 *
 * @param about what the recipe shows, in a sentence
 * @param sft imitation of solutions, to begin with
 */
public record VerifiableRecipe(
    String about,
    ProblemsConfig problems,
    ModelConfig model,
    StartConfig sft,
    RewardsConfig rewards,
    PolicyConfig policy)
    implements Recipe {
  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    Exercise exercise = Exercise.of(problems, policy.temperature(), pool, key.child("problems"));
    SequencedMap<String, Double> figures = new LinkedHashMap<>();
    try (Workspace workspace = new Workspace(pool)) {
      Decoder reference = model.decoder(exercise.vocabularySize(), workspace, key.child("model"));
      sft.tune(reference, exercise, "sft", journal, key.child("sft"));
      examine("sft", reference, exercise, key, figures);

      Decoder learned = reference.copy(workspace);
      exercise.reinforce(
          learned,
          reference,
          policy,
          rewards.of(exercise.training()),
          "policy",
          journal,
          key.child("policy"));
      examine("rl", learned, exercise, key, figures);
    }
    return new Outcome(new LinkedHashMap<>(Map.of(policy.algorithm(), figures)));
  }

  private static void examine(
      String stage, Decoder policy, Exercise exercise, RandomKey key, Map<String, Double> figures) {
    exercise
        .examine(policy, key.child("evaluate").child(stage))
        .forEach((figure, value) -> figures.put(figure + " after " + stage, value));
  }
}
