package org.rlhf4j.rlhf.online;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.policy.ValueLoss;
import org.rlhf4j.rlhf.select.Curriculum;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Likelihoods;
import org.rlhf4j.rlhf.train.Objective;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Tiny;

class OnlineOptionsTest {
  private static final RandomKey KEY = new RandomKey(31);

  @TempDir private Path folder;

  private static List<Dialogue> texts() {
    Template template = Template.plain(TinyPolicy.WORDS);
    return List.of(
        template.dialogue(new Example("go", "blue green blue")),
        template.dialogue(new Example("red go", "blue")),
        template.dialogue(new Example("go go go", "blue blue")));
  }

  private Journal train(
      Decoder policy, Decoder reference, OnlineOptions options, int iterations, Pool pool) {
    Journal journal = new Journal(folder.resolve("metrics.jsonl"));
    new PolicyOptimization(
            PolicyGradient.grpo(0.1),
            KlCoefficient.of(PolicyGradient.grpo(0.1)),
            List.of(new WeightedReward("red", 1, TinyPolicy.red())),
            TinyPolicy.sampler(1, 2, 64, pool),
            OnlineConfig.of(iterations, 8, 8, 1e-2),
            options)
        .train(policy, reference, TinyPolicy.PROMPTS, "policy", journal, KEY);
    return journal;
  }

  /** gradient(policy loss + c * text loss), in whatever parts. */
  @Test
  void theMixAddsTheGradientOfTheTextsWhateverTheParts() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          PolicyGradient algorithm = PolicyGradient.topr();
          Sampler sampler = TinyPolicy.sampler(1, 3, 8, pool);
          List<Rollout> rollouts =
              new Experience(algorithm, sampler, policy, policy, List.of(), List.of())
                  .of(
                      WeightedReward.score(
                          List.of(new WeightedReward("red", 1, TinyPolicy.red())),
                          sampler.sample(policy, TinyPolicy.PROMPTS, KEY)),
                      1,
                      new double[0]);
          PolicyObjective alone =
              new PolicyObjective(policy, List.of(), algorithm.loss(), 1, ValueLoss.unclipped(), 0);
          PretrainingMix mix = new PretrainingMix(3, texts(), 3);
          double[] rewards = gradient(alone, List.of(rollouts), policy.parameters(), pool);
          double[] whole =
              gradient(mix.with(alone), mix.parts(List.of(rollouts), KEY), policy, pool);
          double[] parts =
              gradient(mix.with(alone), mix.parts(Order.parts(rollouts, 1), KEY), policy, pool);
          assertArrayEquals(whole, parts, 1e-12);
          double[] likelihood = likelihoodGradient(policy, pool);
          for (int i = 0; i < whole.length; i++) {
            assertEquals(rewards[i] + 3 * likelihood[i], whole[i], 1e-12);
          }
        });
  }

  /** Of the mean over tokens, straight from log-probabilities of the whole texts. */
  private static double[] likelihoodGradient(Decoder policy, Pool pool) {
    int tokens = texts().stream().mapToInt(text -> text.completion().length).sum();
    for (Dialogue text : texts()) {
      try (Tape tape = Tape.recording(pool)) {
        tape.backward(
            Likelihoods.sequences(tape, policy, DialogueBatch.of(List.of(text)), Mode.EVALUATION)
                .sum()
                .mul(-1.0 / tokens));
      }
    }
    return taken(policy.parameters());
  }

  private static <B> double[] gradient(
      Objective<B> objective, List<B> parts, Decoder policy, Pool pool) {
    return gradient(objective, parts, policy.parameters(), pool);
  }

  private static <B> double[] gradient(
      Objective<B> objective, List<B> parts, List<Parameter> parameters, Pool pool) {
    Totals totals = parts.stream().map(objective::totals).reduce(Totals::plus).orElseThrow();
    for (B part : parts) {
      try (Tape tape = Tape.recording(pool)) {
        tape.backward(objective.loss(tape, part, totals).loss());
      }
    }
    return taken(parameters);
  }

  private static double[] taken(List<Parameter> parameters) {
    double[] all =
        parameters.stream().flatMapToDouble(p -> Arrays.stream(p.gradient().toDoubles())).toArray();
    parameters.forEach(Parameter::zeroGradient);
    return all;
  }

  /** A reward that nobody can get, and texts: the texts become likelier. */
  @Test
  void textsAreLearnedBesideTheRewards() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder reference = TinyPolicy.decoder(workspace);
          Decoder policy = reference.copy(workspace);
          Journal journal =
              train(
                  policy,
                  reference,
                  OnlineOptions.USUAL.with(new PretrainingMix(1, texts(), 2)),
                  10,
                  pool);
          assertTrue(
              logprob(policy, pool) > logprob(reference, pool) + 2,
              logprob(reference, pool) + " before, after " + logprob(policy, pool));
          assertTrue(
              journal.entries().getLast().metrics().get("pretraining/nll")
                  < journal.entries().getFirst().metrics().get("pretraining/nll"));
        });
  }

  private static double logprob(Decoder policy, Pool pool) {
    return Likelihoods.ofCompletions(policy, texts(), 1, pool, 3).stream()
        .mapToDouble(Rows::sum)
        .sum();
  }

  /** Right after the reference became the policy, the KL to it is zero; the caller's stays. */
  @Test
  void theReferenceFollowsThePolicy() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder reference = TinyPolicy.decoder(workspace);
          double[] before = reference.parameters().getFirst().value().toDoubles();
          Journal journal =
              train(
                  reference.copy(workspace),
                  reference,
                  OnlineOptions.USUAL.withReferenceEvery(3),
                  9,
                  pool);
          for (int i = 0; i < 9; i++) {
            double kl = journal.entries().get(i).metrics().get("kl");
            assertEquals(i % 3 == 0, Math.abs(kl) < 1e-5, "iteration " + i + " has kl " + kl);
          }
          assertArrayEquals(before, reference.parameters().getFirst().value().toDoubles());
        });
  }

  /** Two levels, each for half of the iterations; nothing of the first is asked again. */
  @Test
  void promptsComeInTheOrderOfACurriculum() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Curriculum curriculum = new Curriculum(List.of(List.of(2), List.of(0, 1, 3)), 1);
          List<Set<String>> asked = new ArrayList<>();
          Reward listening =
              samples -> {
                asked.add(samples.stream().map(Sample::prompt).collect(Collectors.toSet()));
                return TinyPolicy.red().of(samples);
              };
          Decoder reference = TinyPolicy.decoder(workspace);
          new PolicyOptimization(
                  PolicyGradient.grpo(0.1),
                  KlCoefficient.of(PolicyGradient.grpo(0.1)),
                  List.of(new WeightedReward("red", 1, listening)),
                  TinyPolicy.sampler(1, 2, 64, pool),
                  OnlineConfig.of(4, 16, 2, 1e-2),
                  OnlineOptions.USUAL.with(curriculum))
              .train(
                  reference.copy(workspace),
                  reference,
                  TinyPolicy.PROMPTS,
                  "policy",
                  new Journal(folder.resolve("metrics.jsonl")),
                  KEY);
          Set<String> first = Set.of(TinyPolicy.PROMPTS.get(2));
          Set<String> second = new HashSet<>(TinyPolicy.PROMPTS);
          second.removeAll(first);
          assertEquals(List.of(first, first, second, second), asked);
        });
  }

  @Test
  void aPromptThatIsNotThereIsRefused() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          var refused =
              assertThrows(
                  IllegalArgumentException.class,
                  () -> train(policy, policy, OnlineOptions.USUAL.with((_, _) -> 4), 1, pool));
          assertEquals(
              "the order of prompts drew number 4 of 4, counted from 0", refused.getMessage());
        });
  }

  @Test
  void aCriticOfItsOwnTrainsBesideThePolicy() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder reference = TinyPolicy.decoder(workspace);
          Journal journal = new Journal(folder.resolve("metrics.jsonl"));
          new PolicyOptimization(
                  PolicyGradient.ppo(0.05),
                  KlCoefficient.of(PolicyGradient.ppo(0.05)),
                  List.of(new WeightedReward("red", 1, TinyPolicy.red())),
                  TinyPolicy.sampler(1, 2, 64, pool),
                  OnlineConfig.of(40, 8, 8, 3e-2),
                  OnlineOptions.USUAL.withOwnTrunk())
              .train(
                  reference.copy(workspace), reference, TinyPolicy.PROMPTS, "policy", journal, KEY);
          assertTrue(journal.entries().getLast().metrics().get("reward/mean") > 0.8);
          assertTrue(
              journal.entries().getLast().metrics().get("value/loss")
                  < journal.entries().getFirst().metrics().get("value/loss"));
        });
  }
}
