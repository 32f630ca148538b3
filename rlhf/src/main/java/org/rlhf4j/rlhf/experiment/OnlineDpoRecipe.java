package org.rlhf4j.rlhf.experiment;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.direct.PreferenceLoss;
import org.rlhf4j.rlhf.evaluate.WinRate;
import org.rlhf4j.rlhf.offline.PreferenceOptimization;
import org.rlhf4j.rlhf.offline.ReferencedPair;
import org.rlhf4j.rlhf.online.Labeller;
import org.rlhf4j.rlhf.online.OnlinePreferenceOptimization;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * The same loss on as many pairs in as many updates of the same size, once on pairs of the starting
 * policy, once on pairs that the policy makes as it learns.
 *
 * @param about what the recipe shows, in a sentence
 * @param align iterations times pairs are the pairs of both
 */
public record OnlineDpoRecipe(
    String about, StoriesConfig stories, OnlineDpoConfig align, List<PreferenceLoss> losses)
    implements Recipe {
  private static final int AT_ONCE = 128;
  private static final int PAIRS_AT_ONCE = 16;

  public OnlineDpoRecipe {
    losses = List.copyOf(losses);
  }

  @Override
  public Outcome run(Pool pool, Journal journal, RandomKey key) {
    Reward gold = StoriesConfig.mood();
    SequencedMap<String, SequencedMap<String, Double>> figures = new LinkedHashMap<>();
    try (Workspace workspace = new Workspace(pool)) {
      StoriesConfig.Told told = stories.tell(workspace, journal, key);
      Decoder reference = told.policy();
      List<ReferencedPair> collected = collected(told, gold, key.child("pairs"), pool);
      double[] baseline = scores(told, reference, gold, key.child("baseline"));
      for (PreferenceLoss loss : losses) {
        try (Workspace own = new Workspace(pool)) {
          String stage = "offline " + loss;
          Decoder policy = reference.copy(own);
          new PreferenceOptimization(loss, 1, align.pairs(), PAIRS_AT_ONCE, align.learningRate())
              .train(policy, collected, pool, stage, journal, key.child("offline"));
          figures.put(stage, row(scores(told, policy, gold, key.child("test")), baseline));
        }
        try (Workspace own = new Workspace(pool)) {
          String stage = "online " + loss;
          Decoder policy = reference.copy(own);
          new OnlinePreferenceOptimization(loss, Labeller.of(gold), told.sampler(), align.online())
              .train(policy, reference, told.prompts(), stage, journal, key.child("online"));
          figures.put(stage, row(scores(told, policy, gold, key.child("test")), baseline));
        }
      }
    }
    return new Outcome(figures);
  }

  private List<ReferencedPair> collected(
      StoriesConfig.Told told, Reward gold, RandomKey key, Pool pool) {
    int wanted = align.iterations() * align.pairs();
    return new PairsConfig(wanted, 1, 0)
        .collect(told.policy(), told.promptsFor(wanted + 1), told.sampler(), gold, key)
        .training()
        .referenced(told.policy(), pool, AT_ONCE);
  }

  private static double[] scores(
      StoriesConfig.Told told, Decoder policy, Reward gold, RandomKey key) {
    return gold.of(told.sampler().sample(policy, told.heldOutPrompts(), key));
  }

  private static SequencedMap<String, Double> row(double[] golds, double[] baseline) {
    SequencedMap<String, Double> row = new LinkedHashMap<>();
    row.put("gold reward", Rows.mean(golds));
    row.put("gain over sft", Rows.mean(golds) - Rows.mean(baseline));
    row.put("win rate over sft", WinRate.ofScores(golds, baseline).rate());
    return row;
  }
}
