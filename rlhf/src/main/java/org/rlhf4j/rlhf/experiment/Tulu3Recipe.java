package org.rlhf4j.rlhf.experiment;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.rlhf4j.rlhf.direct.Dpo;
import org.rlhf4j.rlhf.offline.ReferencedPair;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * The stages of Tülu 3 (arXiv 2411.15124) on problems whose answers a program checks: imitation of
 * solutions, DPO on pairs of the policy's own answers, reinforcement learning with verifiable
 * rewards. In a pair the right answer is preferred to the wrong one.
 *
 * @param about what the recipe shows, in a sentence
 * @param pairs of answers; held-out ones are not used
 * @param beta of DPO
 */
public record Tulu3Recipe(
    String about,
    ProblemsConfig problems,
    ModelConfig model,
    TuningConfig sft,
    PairsConfig pairs,
    AlignmentConfig dpo,
    double beta,
    PolicyConfig rlvr)
    implements Recipe {
  public Tulu3Recipe {
    Check.positive("beta", beta);
  }

  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    Exercise exercise = Exercise.of(problems, 1, pool, key.child("problems"));
    SequencedMap<String, SequencedMap<String, Double>> figures = new LinkedHashMap<>();
    try (Workspace workspace = new Workspace(pool)) {
      Decoder start = model.decoder(exercise.vocabularySize(), workspace, key.child("model"));
      sft.tune(start, exercise.solutions(), pool, "sft", journal, key.child("sft"));
      figures.put("sft", row(start, start, exercise, key));

      Decoder policy = start.copy(workspace);
      dpo.by(new Dpo(beta))
          .train(
              policy,
              pairs(start, exercise, key.child("pairs")),
              pool,
              "dpo",
              journal,
              key.child("dpo"));
      figures.put("dpo", row(policy, start, exercise, key));

      Decoder reference = policy.copy(workspace);
      exercise.reinforce(policy, reference, rlvr, "rlvr", journal, key.child("rlvr"));
      figures.put("rlvr", row(policy, start, exercise, key));
    }
    return new Outcome(figures);
  }

  private List<ReferencedPair> pairs(Decoder policy, Exercise exercise, RandomKey key) {
    return pairs
        .collect(policy, exercise.prompts(), exercise.sampler(), exercise.reward(), key)
        .training()
        .referenced(policy, exercise.sampler().pool(), exercise.sampler().batchSize());
  }

  private static SequencedMap<String, Double> row(
      Decoder policy, Decoder start, Exercise exercise, RandomKey key) {
    SequencedMap<String, Double> row = exercise.examine(policy, key.child("exam"));
    row.put("KL from sft", exercise.kl(policy, start, key.child("kl")));
    return row;
  }
}
