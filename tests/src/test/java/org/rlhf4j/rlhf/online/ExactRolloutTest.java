package org.rlhf4j.rlhf.online;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.policy.ValueLoss;
import org.rlhf4j.rlhf.train.Likelihoods;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Completion;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.GenerationConfig;
import org.rlhf4j.transformer.Generator;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.Tiny;

class ExactRolloutTest {
  private static final RandomKey KEY = new RandomKey(5);
  private static final double SINGLE = 1e-5; // logits of order 1 to 10 in single precision

  private static List<String> prompts() {
    List<String> prompts = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      prompts.add(TinyPolicy.PROMPTS.get(i % 4));
    }
    return prompts;
  }

  /** Left padding and the cache against one sequence at a time, computed from scratch. */
  @Test
  void batchesGiveWhatOneAtATimeGives() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          Sampler sampler = TinyPolicy.sampler(0.8, 6, 7, pool);
          List<Sample> samples = sampler.sample(policy, prompts(), KEY);
          GenerationConfig alone =
              GenerationConfig.of(Sampling.at(0.8), 6, TinyPolicy.WORDS.end()).uncached();
          int lengths = 0;
          for (int i = 0; i < samples.size(); i++) {
            int[] prompt = sampler.template().prompt(prompts().get(i));
            Completion completion =
                new Generator(policy, pool)
                    .generate(
                        List.of(new Generator.Prompt(prompt, KEY.child((long) i))),
                        alone,
                        (_, _) -> {})
                    .getFirst();
            assertArrayEquals(completion.tokens(), samples.get(i).dialogue().completion());
            assertArrayEquals(completion.logprobs(), samples.get(i).logprobs(), SINGLE);
            assertEquals(completion.stopped(), samples.get(i).finished());
            lengths |= 1 << completion.length();
          }
          assertTrue(Integer.bitCount(lengths) > 2, "lengths vary");
        });
  }

  /** What the loss computes for a sample is what the sampler saw, at the same temperature only. */
  @Test
  void theTemperatureEntersTheTrainingLogprobs() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          List<Sample> samples = TinyPolicy.sampler(0.6, 6, 7, pool).sample(policy, prompts(), KEY);
          List<double[]> same =
              Likelihoods.ofCompletions(policy, Sample.dialogues(samples), 0.6, pool, 5);
          List<double[]> other =
              Likelihoods.ofCompletions(policy, Sample.dialogues(samples), 1, pool, 5);
          double difference = 0;
          for (int i = 0; i < samples.size(); i++) {
            assertArrayEquals(samples.get(i).logprobs(), same.get(i), SINGLE);
            difference += Math.abs(Rows.sum(samples.get(i).logprobs()) - Rows.sum(other.get(i)));
          }
          assertTrue(difference > 1, "temperature 1 differs by " + difference);
        });
  }

  /** Samples of a policy that has not moved since have a ratio of 1, whatever the algorithm. */
  @Test
  void withoutAnUpdateEveryRatioIsOne() throws Exception {
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          Sampler sampler = TinyPolicy.sampler(0.7, 5, 8, pool);
          List<ScoredSample> scored = scored(sampler.sample(policy, prompts(), KEY));
          for (PolicyGradient algorithm :
              List.of(PolicyGradient.grpo(0.1), PolicyGradient.gspo(), PolicyGradient.topr())) {
            List<Rollout> rollouts =
                new Experience(algorithm, sampler, policy, policy, List.of(), List.of())
                    .of(scored, 4, new double[0]);
            assertEquals(0, Experience.kl(rollouts), SINGLE);
            PolicyObjective objective = objective(policy, algorithm, 0.7);
            for (Rollout rollout : rollouts) { // one at a time: the mean of one is each of them
              List<Rollout> one = List.of(rollout);
              try (Tape tape = Tape.noGrad(pool)) {
                Map<String, Double> metrics =
                    objective.loss(tape, one, objective.totals(one)).metrics();
                assertEquals(1, metrics.get("ratio/mean"), 1e-5);
                assertEquals(1, metrics.get("ratio/max"), 1e-5);
              }
            }
          }
        });
  }

  /** The token that ends an answer is learned, padding is not, what was cut off is marked. */
  @Test
  void theEndIsTrainedAndPaddingIsNot() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          Sampler sampler = TinyPolicy.sampler(1, 5, 8, pool);
          List<Sample> samples = sampler.sample(policy, prompts(), KEY);
          int end = TinyPolicy.WORDS.end();
          int finished = 0;
          for (Sample sample : samples) {
            int[] completion = sample.dialogue().completion();
            assertEquals(sample.finished(), completion[completion.length - 1] == end);
            assertTrue(sample.finished() || completion.length == 5);
            finished += sample.finished() ? 1 : 0;
          }
          assertTrue(finished > 3 && finished < samples.size() - 3, finished + " finished");

          PolicyGradient algorithm = PolicyGradient.dapo();
          List<Rollout> rollouts =
              new Experience(algorithm, sampler, policy, policy, List.of(), List.of())
                  .of(scored(samples), 4, new double[0]);
          PolicyObjective objective = objective(policy, algorithm, 1);
          int tokens = samples.stream().mapToInt(Sample::length).sum();
          assertEquals(new Totals(samples.size(), tokens), objective.totals(rollouts));
          DialogueBatch batch = Rollout.batch(rollouts);
          for (int i = 0; i < samples.size(); i++) {
            int last = samples.get(i).dialogue().length() - 1;
            assertTrue(batch.mask()[i][last]);
            assertFalse(last + 1 < batch.mask()[i].length && batch.mask()[i][last + 1]);
          }
        });
  }

  private static List<ScoredSample> scored(List<Sample> samples) {
    return WeightedReward.score(List.of(new WeightedReward("red", 1, TinyPolicy.red())), samples);
  }

  private static PolicyObjective objective(
      Decoder policy, PolicyGradient algorithm, double temperature) {
    return new PolicyObjective(
        policy, List.of(), algorithm.loss(), temperature, ValueLoss.unclipped(), 0);
  }
}
