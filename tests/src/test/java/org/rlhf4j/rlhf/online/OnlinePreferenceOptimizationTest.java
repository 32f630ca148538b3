package org.rlhf4j.rlhf.online;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.Variance;
import org.rlhf4j.rlhf.direct.AnswerLength;
import org.rlhf4j.rlhf.direct.Dpo;
import org.rlhf4j.rlhf.direct.Ipo;
import org.rlhf4j.rlhf.direct.Kto;
import org.rlhf4j.rlhf.direct.PreferenceLoss;
import org.rlhf4j.rlhf.direct.Rebel;
import org.rlhf4j.rlhf.feedback.Judge;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Tiny;

class OnlinePreferenceOptimizationTest {
  private static final RandomKey KEY = new RandomKey(41);
  private static final Judge PREFERS_RED =
      (_, first, second) ->
          first.strip().startsWith("red") == second.strip().startsWith("red")
              ? 0.5
              : first.strip().startsWith("red") ? 0.9 : 0.1;

  @TempDir private Path folder;

  static Stream<PreferenceLoss> losses() {
    return Stream.of(
        new Dpo(0.1), new Ipo(0.1, AnswerLength.SUM), new Kto(0.1, 1, 1), new Rebel(20));
  }

  private Journal train(
      PreferenceLoss loss, Labeller labeller, Decoder policy, Decoder reference, Sampler sampler) {
    Journal journal = new Journal(folder.resolve("metrics.jsonl"));
    new OnlinePreferenceOptimization(
            loss, labeller, sampler, OnlinePreferenceConfig.of(40, 32, 2e-2))
        .train(policy, reference, TinyPolicy.PROMPTS, "policy", journal, KEY);
    return journal;
  }

  /** By a reward and by a judge, the policy comes to say what is preferred. */
  @ParameterizedTest
  @MethodSource("losses")
  void whatIsPreferredIsLearned(PreferenceLoss loss) throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder reference = TinyPolicy.decoder(workspace);
          Sampler sampler = TinyPolicy.sampler(1, 2, 64, pool);
          for (Labeller labeller :
              List.of(Labeller.of(TinyPolicy.red()), Labeller.of(PREFERS_RED))) {
            Decoder policy = reference.copy(workspace);
            Journal journal = train(loss, labeller, policy, reference, sampler);
            assertTrue(red(reference, sampler) < 0.4);
            assertTrue(red(policy, sampler) > 0.8, loss + " gives " + red(policy, sampler));
            for (Journal.Entry entry : journal.entries()) {
              entry.metrics().forEach((name, value) -> assertTrue(Double.isFinite(value), name));
            }
          }
        });
  }

  private static double red(Decoder policy, Sampler sampler) {
    List<String> prompts = java.util.Collections.nCopies(200, "go");
    double[] red = TinyPolicy.red().of(sampler.sample(policy, prompts, new RandomKey(9)));
    return Arrays.stream(red).average().orElseThrow();
  }

  /** Answers that the labeller finds equal teach nothing. */
  @Test
  void tiesAreNotLearned() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          double[] before = policy.parameters().getFirst().value().toDoubles();
          Journal journal =
              train(
                  new Dpo(0.1),
                  Labeller.of((Reward) samples -> new double[samples.size()]),
                  policy,
                  policy,
                  TinyPolicy.sampler(1, 2, 64, pool));
          assertArrayEquals(before, policy.parameters().getFirst().value().toDoubles());
          assertEquals(1, journal.entries().getLast().metrics().get("pairs/tied"));
        });
  }

  /** The first update starts where the policy is the reference: the loss of DPO is log 2 there. */
  @Test
  void thePairsAreThoseOfThePolicyAsItIs() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder reference = TinyPolicy.decoder(workspace);
          Journal journal =
              train(
                  new Dpo(0.1),
                  Labeller.of(TinyPolicy.red()),
                  reference.copy(workspace),
                  reference,
                  TinyPolicy.sampler(1, 2, 64, pool));
          assertEquals(Math.log(2), journal.entries().getFirst().metrics().get("loss"), 1e-5);
          double early = journal.entries().get(1).metrics().get("pairs/tied");
          double late = journal.entries().getLast().metrics().get("pairs/tied");
          assertTrue(late > early, "fresh answers agree: " + early + " tied, later " + late);
        });
  }

  /** {@return the losses of DPO, an update each} */
  private double[] losses(Decoder policy, Decoder reference, int referenceEvery, Pool pool) {
    Journal journal = new Journal(folder.resolve("losses.jsonl"));
    new OnlinePreferenceOptimization(
            new Dpo(0.5),
            Labeller.of(TinyPolicy.red()),
            TinyPolicy.sampler(1, 2, 64, pool),
            new OnlinePreferenceConfig(5, 32, 8, 1e-2, 1, referenceEvery))
        .train(policy, reference, TinyPolicy.PROMPTS, "policy", journal, KEY);
    return journal.entries().stream().mapToDouble(e -> e.metrics().get("loss")).toArray();
  }

  /** A policy that is its reference loses log 2: at first, and wherever the reference followed. */
  @Test
  void theReferenceIsTheOneThatWasGivenOrFollows() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder reference = TinyPolicy.decoder(workspace);
          Decoder other = reference.copy(workspace);
          double[] values = other.parameters().getFirst().value().toDoubles();
          Arrays.setAll(values, i -> values[i] * 0.7);
          other.parameters().getFirst().value().set(values);
          double[] kept = losses(reference.copy(workspace), reference, 0, pool);
          double[] strange = losses(reference.copy(workspace), other, 0, pool);
          double[] following = losses(reference.copy(workspace), reference, 2, pool);
          assertTrue(Math.abs(strange[0] - Math.log(2)) > 1e-2, "another reference is not asked");
          for (int i = 0; i < 5; i++) {
            boolean same = Math.abs(kept[i] - Math.log(2)) < 1e-9;
            boolean followed = Math.abs(following[i] - Math.log(2)) < 1e-9;
            assertEquals(i == 0, same, "update " + i);
            assertEquals(i % 2 == 0, followed, "update " + i);
          }
        });
  }

  @Test
  void figuresAreThoseOfBothAnswers() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          List<Sample> heard = new ArrayList<>();
          Labeller listening =
              (first, second) -> {
                heard.addAll(first);
                heard.addAll(second);
                return Labeller.of(TinyPolicy.red()).compare(first, second);
              };
          Decoder policy = TinyPolicy.decoder(workspace);
          Journal journal = new Journal(folder.resolve("metrics.jsonl"));
          new OnlinePreferenceOptimization(
                  new Dpo(0.1),
                  listening,
                  TinyPolicy.sampler(1, 3, 64, pool),
                  OnlinePreferenceConfig.of(1, 32, 1e-2))
              .train(policy, policy, TinyPolicy.PROMPTS, "policy", journal, KEY);
          Map<String, Double> metrics = journal.entries().getFirst().metrics();
          double cut = heard.stream().filter(sample -> !sample.finished()).count() / 64.0;
          assertTrue(cut > 0.1 && cut < 0.9 && cut != 0.5, "cut off: " + cut);
          assertEquals(cut, metrics.get("completion/truncated"), 1e-12);
          assertEquals(
              heard.stream().mapToInt(Sample::length).sum() / 64.0,
              metrics.get("completion/mean_length"),
              1e-12);
          assertEquals(Rows.mean(TinyPolicy.red().of(heard)), metrics.get("reward/mean"), 1e-12);
          assertEquals(
              Variance.POPULATION.deviation(TinyPolicy.red().of(heard)),
              metrics.get("reward/std"),
              1e-12);
          assertTrue(metrics.get("entropy") > 0);
          assertEquals(0, metrics.get("kl"), 1e-5, "the policy is its reference");
        });
  }

  @Test
  void anotherTemperatureIsRefused() throws Exception {
    Tiny.on(
        "simd",
        (pool, _) -> {
          var refused =
              assertThrows(
                  IllegalArgumentException.class,
                  () ->
                      new OnlinePreferenceOptimization(
                          new Dpo(0.1),
                          Labeller.of(TinyPolicy.red()),
                          TinyPolicy.sampler(0.7, 2, 64, pool),
                          OnlinePreferenceConfig.of(1, 1, 1e-3)));
          assertTrue(refused.getMessage().contains("0.7"), refused.getMessage());
        });
  }
}
