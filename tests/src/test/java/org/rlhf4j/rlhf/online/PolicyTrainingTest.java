package org.rlhf4j.rlhf.online;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Tiny;

/** What the loop of policy optimisation does around its updates. */
class PolicyTrainingTest {
  private static final RandomKey KEY = new RandomKey(29);

  @TempDir private Path folder;

  private Journal journal() {
    return new Journal(folder.resolve("metrics.jsonl"));
  }

  /** ReMax subtracts the reward of the most probable completion, not of another sample. */
  @Test
  void theGreedyBaselineIsGreedy() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          Sampler sampler = TinyPolicy.sampler(1, 3, 64, pool);
          List<List<Sample>> scored = new ArrayList<>();
          Reward listening =
              samples -> {
                scored.add(samples);
                return TinyPolicy.red().of(samples);
              };
          List<String> prompts = TinyPolicy.PROMPTS;
          List<Sample> greedy = sampler.greedy().sample(policy, prompts, new RandomKey(1));
          new PolicyOptimization(
                  PolicyGradient.remax(0), listening, sampler, OnlineConfig.of(1, 8, 4, 1e-3))
              .train(policy, policy.copy(workspace), prompts, "policy", journal(), KEY);
          assertEquals(2, scored.size());
          for (Sample sample : scored.getLast()) {
            assertEquals(greedy.get(prompts.indexOf(sample.prompt())).text(), sample.text());
          }
          assertTrue(
              scored.getFirst().stream()
                  .anyMatch(s -> !greedy.get(prompts.indexOf(s.prompt())).text().equals(s.text())));
        });
  }

  /**
   * 10 iterations of 2 passes in 2 updates: the rate rises over a twentieth of the 40, then falls
   * in a line to a tenth; an iteration shows the mean of its four.
   */
  @Test
  void theLearningRateOfEveryUpdate() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          Journal journal = journal();
          double peak = 1e-3;
          new PolicyOptimization(
                  PolicyGradient.grpo(0.1),
                  TinyPolicy.red(),
                  TinyPolicy.sampler(1, 2, 64, pool),
                  new OnlineConfig(10, 4, 2, 2, 4, 3, peak, 1, 0.2, 0.5, 0))
              .train(policy, policy.copy(workspace), TinyPolicy.PROMPTS, "policy", journal, KEY);
          for (int i = 0; i < 10; i++) {
            double mean = 0;
            for (int t = 4 * i; t < 4 * i + 4; t++) {
              mean += (t < 2 ? (t + 1) / 2.0 : 1 - 0.9 * (t - 2) / 38) / 4;
            }
            assertEquals(
                peak * mean, journal.entries().get(i).metrics().get("learning_rate"), 1e-15);
          }
        });
  }

  /** Every completion is worth 1, and the critic on a body of its own comes to know it. */
  @Test
  void theCriticLearns() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          Journal journal = journal();
          new PolicyOptimization(
                  PolicyGradient.ppo(0),
                  KlCoefficient.of(PolicyGradient.ppo(0)),
                  List.of(new WeightedReward("one", 1, s -> ones(s.size()))),
                  TinyPolicy.sampler(1, 3, 64, pool),
                  new OnlineConfig(40, 8, 2, 1, 16, 16, 1e-2, 1, 10, 1, 0),
                  OnlineOptions.USUAL.withOwnTrunk())
              .train(policy, policy.copy(workspace), TinyPolicy.PROMPTS, "policy", journal, KEY);
          double first = journal.entries().getFirst().metrics().get("value/loss");
          double last = journal.entries().getLast().metrics().get("value/loss");
          assertTrue(last < first / 20, first + " to " + last);
        });
  }

  /** After one update, in which the value loss has this weight. */
  private double[] policyAfter(CriticTrunk trunk, double valueCoefficient) throws Exception {
    List<double[]> learned = new ArrayList<>();
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          new PolicyOptimization(
                  PolicyGradient.ppo(0),
                  KlCoefficient.of(PolicyGradient.ppo(0)),
                  List.of(new WeightedReward("red", 1, TinyPolicy.red())),
                  TinyPolicy.sampler(1, 2, 64, pool),
                  new OnlineConfig(1, 8, 2, 1, 16, 16, 1e-2, 1e9, 10, valueCoefficient, 0),
                  trunk == CriticTrunk.OWN
                      ? OnlineOptions.USUAL.withOwnTrunk()
                      : OnlineOptions.USUAL)
              .train(policy, policy.copy(workspace), TinyPolicy.PROMPTS, "policy", journal(), KEY);
          learned.add(policy.parameters().getFirst().value().toDoubles());
        });
    return learned.getFirst();
  }

  /** What the critic learns moves the policy only where they share a body. */
  @Test
  void aTrunkOfItsOwnLeavesThePolicyAlone() throws Exception {
    assertArrayEquals(policyAfter(CriticTrunk.OWN, 0.01), policyAfter(CriticTrunk.OWN, 100));
    assertFalse(
        Arrays.equals(policyAfter(CriticTrunk.SHARED, 0.01), policyAfter(CriticTrunk.SHARED, 100)));
  }

  /** Beside the policy are learned the head and, where the critic has its own, the trunk. */
  @Test
  void whatACriticLearns() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          Critic shared = Critic.of(CriticTrunk.SHARED, policy, workspace, KEY);
          Critic own = Critic.of(CriticTrunk.OWN, policy, workspace, KEY);
          assertEquals(shared.head().parameters(), shared.parameters());
          assertNotSame(policy, own.trunk());
          Set<Tensor> learned =
              own.parameters().stream().map(Parameter::value).collect(Collectors.toSet());
          for (Parameter parameter : own.trunk().parameters()) {
            assertTrue(learned.contains(parameter.value()), parameter.name());
          }
          assertEquals(own.head().parameters().size() + policy.parameters().size(), learned.size());
        });
  }

  private static double[] ones(int size) {
    double[] ones = new double[size];
    Arrays.fill(ones, 1);
    return ones;
  }
}
