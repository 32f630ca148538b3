package org.rlhf4j.rlhf.online;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rlhf4j.rlhf.kl.KlController;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Tiny;

class PolicyOptimizationTest {
  @TempDir private Path folder;

  private static final RandomKey KEY = new RandomKey(17);

  private Journal journal() {
    return new Journal(folder.resolve("metrics.jsonl"));
  }

  static Stream<PolicyGradient> presets() {
    return PolicyGradient.presets().stream();
  }

  /** Every preset as published finds the one answer that is rewarded. */
  @ParameterizedTest
  @MethodSource("presets")
  void everyPresetLearns(PolicyGradient algorithm) throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder reference = TinyPolicy.decoder(workspace);
          Decoder policy = reference.copy(workspace);
          Journal journal = journal();
          new PolicyOptimization(
                  algorithm,
                  TinyPolicy.red(),
                  TinyPolicy.sampler(1, 2, 64, pool),
                  OnlineConfig.of(40, 8, 8, 3e-2))
              .train(policy, reference, TinyPolicy.PROMPTS, "policy", journal, KEY);
          double before = journal.entries().getFirst().metrics().get("reward/mean");
          double after = journal.entries().getLast().metrics().get("reward/mean");
          assertTrue(before < 0.4, before + " before");
          assertTrue(after > 0.8, after + " after");
          for (Journal.Entry entry : journal.entries()) {
            entry.metrics().forEach((name, value) -> assertTrue(Double.isFinite(value), name));
          }
        });
  }

  @Test
  void rewardsAreWeightedAndWatched() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          Journal journal = journal();
          new PolicyOptimization(
                  PolicyGradient.grpo(0.1),
                  new KlController.Fixed(0.1),
                  List.of(
                      new WeightedReward("red", 2, TinyPolicy.red()),
                      new WeightedReward("finished", 0.5, Reward.unfinished()),
                      new WeightedReward("watched", 0, samples -> new double[samples.size()])),
                  TinyPolicy.sampler(1, 3, 64, pool),
                  OnlineConfig.of(1, 4, 4, 1e-3))
              .train(policy, policy, TinyPolicy.PROMPTS, "policy", journal, KEY);
          Map<String, Double> metrics = journal.entries().getFirst().metrics();
          assertEquals(
              2 * metrics.get("rewards/red") + 0.5 * metrics.get("rewards/finished"),
              metrics.get("reward/mean"),
              1e-12);
          assertEquals(
              -metrics.get("rewards/finished"), metrics.get("completion/truncated"), 1e-12);
          assertEquals(0, metrics.get("rewards/watched"));
          assertTrue(metrics.get("reward/std") > 0 && metrics.get("entropy") > 0);
          assertTrue(
              metrics
                  .keySet()
                  .containsAll(
                      List.of(
                          "kl",
                          "clip_fraction/low",
                          "clip_fraction/high",
                          "completion/mean_length",
                          "frac_zero_std",
                          "grad_norm",
                          "learning_rate")));
        });
  }

  /** Only prompts that begin with red can be solved; the others never get into a batch. */
  @Test
  void groupsWithoutContrastAreSampledAgain() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          Reward reward =
              samples ->
                  samples.stream()
                      .mapToDouble(
                          sample -> sample.prompt().startsWith("red") ? sample.length() : 1)
                      .toArray();
          OnlineConfig config = new OnlineConfig(1, 6, 8, 1, 64, 64, 1e-3, 1, 0.2, 0.5, 9);
          GroupSampling.Outcome outcome =
              new GroupSampling(
                      Completions.inTurns(
                          new PromptSampling(TinyPolicy.PROMPTS, config, KEY),
                          TinyPolicy.sampler(1, 4, 64, pool),
                          policy),
                      List.of(new WeightedReward("length", 1, reward)),
                      config)
                  .sample(0);
          assertEquals(6, outcome.groups().size());
          outcome
              .groups()
              .forEach(group -> assertTrue(group.getFirst().sample().prompt().startsWith("red")));
          double flat = outcome.metrics().get("frac_zero_std");
          assertTrue(flat > 0.5 && flat < 1, "frac_zero_std " + flat);
        });
  }

  /** Where no group has contrast and resampling was asked for, nothing is learned. */
  @Test
  void withoutAnyContrastThePolicyStays() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          double[] before = policy.parameters().getFirst().value().toDoubles();
          OnlineConfig config = new OnlineConfig(2, 2, 4, 1, 8, 8, 1e-2, 1, 0.2, 0.5, 1);
          Journal journal = journal();
          new PolicyOptimization(
                  PolicyGradient.dapo(),
                  samples -> new double[samples.size()],
                  TinyPolicy.sampler(1, 2, 64, pool),
                  config)
              .train(policy, policy, TinyPolicy.PROMPTS, "policy", journal, KEY);
          assertArrayEquals(before, policy.parameters().getFirst().value().toDoubles());
          assertEquals(1, journal.entries().getLast().metrics().get("frac_zero_std"));
        });
  }

  /** A KL far above its target makes the controller pay more for it. */
  @Test
  void theControllerFollowsTheMeasuredKl() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder reference = TinyPolicy.decoder(workspace);
          Decoder policy = reference.copy(workspace);
          Journal journal = journal();
          new PolicyOptimization(
                  PolicyGradient.rloo(0.01),
                  new KlController.Adaptive(0.01, 0.05, 64),
                  List.of(new WeightedReward("red", 1, TinyPolicy.red())),
                  TinyPolicy.sampler(1, 2, 64, pool),
                  OnlineConfig.of(60, 8, 8, 5e-3))
              .train(policy, reference, TinyPolicy.PROMPTS, "policy", journal, KEY);
          double highest =
              journal.entries().stream()
                  .mapToDouble(entry -> entry.metrics().get("kl"))
                  .max()
                  .orElseThrow();
          double late =
              journal.entries().subList(45, 60).stream()
                  .mapToDouble(entry -> entry.metrics().get("kl"))
                  .average()
                  .orElseThrow();
          double coefficient = journal.entries().getLast().metrics().get("kl_coefficient");
          assertTrue(highest > 0.2, "highest " + highest);
          assertTrue(late < highest / 2, highest + " at most, late " + late);
          assertTrue(coefficient > 0.05, "coefficient " + coefficient);
        });
  }

  @Test
  void whatCannotBeIsRefused() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          Reward infinite = samples -> samples.stream().mapToDouble(_ -> 1 / 0.0).toArray();
          PolicyOptimization optimization =
              new PolicyOptimization(
                  PolicyGradient.dapo(),
                  infinite,
                  TinyPolicy.sampler(1, 2, 64, pool),
                  OnlineConfig.of(1, 2, 2, 1e-3));
          var refused =
              assertThrows(
                  IllegalArgumentException.class,
                  () ->
                      optimization.train(
                          policy, policy, TinyPolicy.PROMPTS, "policy", journal(), KEY));
          assertTrue(refused.getMessage().contains("must be finite"), refused.getMessage());
        });
  }
}
