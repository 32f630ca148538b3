package org.rlhf4j.rlhf.online;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rlhf4j.rlhf.direct.AnswerLength;
import org.rlhf4j.rlhf.direct.Dpo;
import org.rlhf4j.rlhf.direct.Ipo;
import org.rlhf4j.rlhf.direct.Kto;
import org.rlhf4j.rlhf.direct.PreferenceLoss;
import org.rlhf4j.rlhf.direct.Rebel;
import org.rlhf4j.rlhf.feedback.Judge;
import org.rlhf4j.rlhf.train.Journal;
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
    return java.util.Arrays.stream(red).average().orElseThrow();
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
