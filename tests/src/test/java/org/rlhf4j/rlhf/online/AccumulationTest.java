package org.rlhf4j.rlhf.online;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.Schedule;
import org.rlhf4j.rlhf.kl.KlEstimator;
import org.rlhf4j.rlhf.kl.KlInLoss;
import org.rlhf4j.rlhf.policy.Aggregation;
import org.rlhf4j.rlhf.policy.ClippedSurrogate;
import org.rlhf4j.rlhf.policy.ImportanceRatio;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.policy.PolicyLoss;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.policy.ValueLoss;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.rlhf.train.Trainer;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Tiny;

/**
 * A batch of 8 answers of unequal length is the same step as four of 2, and as parts of 3, 3, 2.
 */
class AccumulationTest {
  private static final double LAST_BITS =
      1e-12; // in double precision, gradients of order 0.1 to 10

  static Stream<PolicyGradient> algorithms() {
    return Stream.concat(aggregations(), PolicyGradient.presets().stream());
  }

  /** Every aggregation under a loss with all its terms: a clip, and a KL in the loss. */
  private static Stream<PolicyGradient> aggregations() {
    return Stream.of(
            new Aggregation.SequenceMean(),
            new Aggregation.TokenMean(),
            new Aggregation.FixedLength(5),
            new Aggregation.SequenceSum())
        .map(aggregation ->
            new PolicyGradient(
                aggregation.toString(),
                "",
                PolicyGradient.ppo(0).advantage(),
                new PolicyLoss(
                    ImportanceRatio.TOKEN,
                    new ClippedSurrogate(0.2),
                    new KlInLoss(KlEstimator.K3, 0.5),
                    aggregation)));
  }

  @ParameterizedTest
  @MethodSource("algorithms")
  void partsAddUpToTheWhole(PolicyGradient algorithm) throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          Critic critic = Critic.of(CriticTrunk.SHARED, policy, workspace, new RandomKey(3));
          List<Parameter> parameters = new ArrayList<>(policy.parameters());
          parameters.addAll(critic.parameters());
          PolicyObjective objective =
              new PolicyObjective(
                  policy, List.of(critic), algorithm.loss(), 0.9, new ValueLoss(0.2), 0.5);
          List<Rollout> rollouts = rollouts(policy, pool);
          double[] whole = gradient(parameters, List.of(rollouts), objective, pool);
          double size = 0;
          for (int part : new int[] {2, 3}) {
            double[] parts = gradient(parameters, Order.parts(rollouts, part), objective, pool);
            for (int i = 0; i < whole.length; i++) {
              assertEquals(whole[i], parts[i], LAST_BITS);
              size = Math.max(size, Math.abs(whole[i]));
            }
          }
          assertTrue(size > 1e-3, "the gradient vanishes");
          assertEquals(
              norm(parameters, List.of(rollouts), objective, workspace),
              norm(parameters, Order.parts(rollouts, 3), objective, workspace),
              LAST_BITS);
        });
  }

  /** Answers whose old policy, reference and critic are invented, so that no term vanishes. */
  private static List<Rollout> rollouts(Decoder policy, Pool pool) {
    List<String> prompts = new ArrayList<>(TinyPolicy.PROMPTS);
    prompts.addAll(TinyPolicy.PROMPTS);
    List<Sample> samples =
        TinyPolicy.sampler(0.9, 6, 8, pool).sample(policy, prompts, new RandomKey(8));
    assertTrue(
        samples.stream().mapToInt(Sample::length).distinct().count() > 1,
        "all answers have one length");
    var random = new RandomKey(4).generator();
    List<Rollout> rollouts = new ArrayList<>();
    for (Sample sample : samples) {
      double[][] rows = new double[5][sample.length()];
      for (int t = 0; t < sample.length(); t++) {
        rows[0][t] = sample.logprobs()[t] + 0.2 * random.nextGaussian();
        rows[1][t] = sample.logprobs()[t] + 0.2 * random.nextGaussian();
        for (int k = 2; k < 5; k++) {
          rows[k][t] = random.nextGaussian();
        }
      }
      rollouts.add(new Rollout(sample.dialogue(), rows[0], rows[1], rows[2], rows[3], rows[4]));
    }
    return rollouts;
  }

  private static double[] gradient(
      List<Parameter> parameters, List<List<Rollout>> parts, PolicyObjective objective, Pool pool) {
    Totals totals = parts.stream().map(objective::totals).reduce(Totals::plus).orElseThrow();
    for (List<Rollout> part : parts) {
      try (Tape tape = Tape.recording(pool)) {
        tape.backward(objective.loss(tape, part, totals).loss());
      }
    }
    double[] all =
        parameters.stream()
            .flatMapToDouble(p -> java.util.Arrays.stream(p.gradient().toDoubles()))
            .toArray();
    parameters.forEach(Parameter::zeroGradient);
    return all;
  }

  /** The gradient as the trainer sees it; a step of length next to nothing. */
  private static double norm(
      List<Parameter> parameters,
      List<List<Rollout>> parts,
      PolicyObjective objective,
      Workspace workspace) {
    return new Trainer(parameters, AdamW.Config.TUNING, Schedule.constant(1e-300), 1e9, workspace)
        .step(parts, objective)
        .get("grad_norm");
  }
}
