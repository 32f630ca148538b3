package org.rlhf4j.rlhf.online;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rlhf4j.rlhf.policy.OffPolicyCorrection;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Tiny;

class AsynchronyTest {
  private static final RandomKey KEY = new RandomKey(23);
  private static final OffPolicyCorrection TRUNCATED =
      new OffPolicyCorrection(
          OffPolicyCorrection.Level.TOKEN, new OffPolicyCorrection.Truncated(2));

  @TempDir private Path folder;

  /** {@return the parameters after a few iterations} */
  private double[] trained(
      PolicyGradient algorithm, Reward reward, OnlineOptions options, Pool pool, Workspace all) {
    Decoder reference = TinyPolicy.decoder(all);
    Decoder policy = reference.copy(all);
    new PolicyOptimization(
            algorithm,
            KlCoefficient.of(algorithm),
            List.of(new WeightedReward("reward", 1, reward)),
            TinyPolicy.sampler(1, 3, 64, pool),
            new OnlineConfig(6, 4, 4, 1, 8, 8, 3e-2, 1, 0.2, 0.5, 1),
            options)
        .train(
            policy,
            reference,
            TinyPolicy.PROMPTS,
            "policy",
            new Journal(folder.resolve("metrics.jsonl")),
            KEY);
    return policy.parameters().stream()
        .flatMapToDouble(parameter -> Arrays.stream(parameter.value().toDoubles()))
        .toArray();
  }

  private static OnlineOptions stale(int staleness, List<OffPolicyCorrection> correction) {
    return OnlineOptions.USUAL.with(new Asynchrony(staleness, 1, correction));
  }

  /** DAPO samples in rounds, PPO has a critic: both take completions in their own ways. */
  @Test
  void staleness0IsTheSynchronousTrainerToTheBit() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          for (PolicyGradient algorithm : List.of(PolicyGradient.dapo(), PolicyGradient.ppo(0.1))) {
            double[] inTurns =
                trained(algorithm, TinyPolicy.red(), OnlineOptions.USUAL, pool, workspace);
            double[] beside =
                trained(algorithm, TinyPolicy.red(), stale(0, List.of(TRUNCATED)), pool, workspace);
            assertArrayEquals(inTurns, beside, 0);
          }
        });
  }

  /** A learner that is held up at random places learns the same. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 9})
  void aSeedGivesOnePolicyWhateverTheTiming(int staleness) throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          OnlineOptions options = stale(staleness, List.of(TRUNCATED));
          double[] once =
              trained(PolicyGradient.dapo(), TinyPolicy.red(), options, pool, workspace);
          Reward slow =
              samples -> {
                for (long spin = 0, until = samples.hashCode() & 0xFFFFF; spin < until; spin++) {
                  Thread.onSpinWait();
                }
                return TinyPolicy.red().of(samples);
              };
          assertArrayEquals(
              once, trained(PolicyGradient.dapo(), slow, options, pool, workspace), 0);
          double[] synchronous =
              trained(
                  PolicyGradient.dapo(), TinyPolicy.red(), OnlineOptions.USUAL, pool, workspace);
          assertFalse(Arrays.equals(once, synchronous), "old samples change nothing");
        });
  }

  /** Iteration i is sampled from the weights after iteration i - 1 - staleness. */
  @Test
  void theSamplesAreExactlyAsOldAsWasAsked() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          int staleness = 2;
          OnlineConfig config = OnlineConfig.of(7, 3, 2, 1e-2);
          Sampler sampler = TinyPolicy.sampler(1, 4, 8, pool);
          PromptSampling source = new PromptSampling(TinyPolicy.PROMPTS, config, KEY);
          Decoder policy = TinyPolicy.decoder(workspace);
          List<Decoder> versions = new ArrayList<>(List.of(policy.copy(workspace)));
          try (Completions completions =
              new StaleCompletions(
                  source, sampler, new Asynchrony(staleness, 1, List.of()), policy)) {
            for (int i = 0; i < config.iterations(); i++) {
              for (int round = 0; round < 2; round++) {
                List<Sample> expected =
                    source.sample(sampler, versions.get(Math.max(0, i - staleness)), i, round);
                List<Sample> taken = completions.take(i, round);
                for (int s = 0; s < taken.size(); s++) {
                  assertArrayEquals(
                      expected.get(s).dialogue().completion(),
                      taken.get(s).dialogue().completion());
                  assertArrayEquals(expected.get(s).logprobs(), taken.get(s).logprobs(), 0);
                }
              }
              double[] values = policy.parameters().getLast().value().toDoubles();
              values[i] += 1;
              policy.parameters().getLast().value().set(values);
              versions.add(policy.copy(workspace));
              completions.learned(i, policy);
            }
          }
        });
  }

  /** The sampler is ahead of the learner: it works while the learner waits for nothing. */
  @Test
  void laterIterationsAreSampledBeforeEarlierOnesAreTaken() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          OnlineConfig config = OnlineConfig.of(3, 2, 2, 1e-2);
          CountDownLatch sampled = new CountDownLatch(6); // prompts of all three iterations
          Sampler sampler =
              TinyPolicy.sampler(1, 1, 8, pool)
                  .with((_, _) -> {
                    sampled.countDown();
                    return new int[0];
                  });
          try (Completions _ =
              new StaleCompletions(
                  new PromptSampling(TinyPolicy.PROMPTS, config, KEY),
                  sampler,
                  new Asynchrony(2, 1, List.of()),
                  TinyPolicy.decoder(workspace))) {
            sampled.await(); // never returns where sampling waits for the learner
          }
        });
  }

  /** Old samples are weighted by min(pi / sampler, cap), and ratios begin at 1 again. */
  @Test
  void theCorrectionWeighsAdvantages() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder old = TinyPolicy.decoder(workspace);
          Decoder policy = old.copy(workspace);
          double[] values = policy.parameters().getLast().value().toDoubles();
          for (int i = 0; i < values.length; i++) {
            values[i] += 2 * Math.sin(i);
          }
          policy.parameters().getLast().value().set(values);
          Sampler sampler = TinyPolicy.sampler(1, 4, 8, pool);
          List<ScoredSample> scored =
              WeightedReward.score(
                  List.of(new WeightedReward("red", 1, TinyPolicy.red())),
                  sampler.sample(old, TinyPolicy.PROMPTS, KEY));
          PolicyGradient algorithm = PolicyGradient.topr(); // the reward itself is the advantage
          List<Rollout> corrected =
              new Experience(algorithm, sampler, policy, old, List.of(), List.of(TRUNCATED))
                  .of(scored, 1, new double[0]);
          boolean cut = false;
          double kl = 0;
          for (int i = 0; i < scored.size(); i++) {
            double[] mu = scored.get(i).sample().logprobs();
            Rollout rollout = corrected.get(i);
            for (int t = 0; t < mu.length; t++) {
              double ratio = Math.exp(rollout.old()[t] - mu[t]);
              cut |= ratio > 2;
              assertEquals(
                  Math.min(ratio, 2) * scored.get(i).reward(), rollout.advantages()[t], 1e-12);
              kl += (mu[t] - rollout.old()[t]) / scored.size();
            }
          }
          assertTrue(cut, "no ratio is above the cap");
          assertEquals(kl, Experience.staleness(scored, corrected), 1e-12);
        });
  }

  @Test
  void aFailureOfTheSamplerReachesTheLearner() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          double[] values = policy.parameters().getLast().value().toDoubles();
          Arrays.fill(values, Double.NaN);
          policy.parameters().getLast().value().set(values);
          PolicyOptimization optimization =
              new PolicyOptimization(
                  PolicyGradient.dapo(),
                  KlCoefficient.of(PolicyGradient.dapo()),
                  List.of(new WeightedReward("red", 1, TinyPolicy.red())),
                  TinyPolicy.sampler(1, 2, 8, pool),
                  OnlineConfig.of(3, 2, 2, 1e-3),
                  stale(1, List.of()));
          Journal journal = new Journal(folder.resolve("metrics.jsonl"));
          var refused =
              assertThrows(
                  IllegalStateException.class,
                  () ->
                      optimization.train(
                          policy, policy, TinyPolicy.PROMPTS, "policy", journal, KEY));
          assertTrue(refused.getMessage().contains("iteration 0"), refused.getMessage());
        });
  }
}
