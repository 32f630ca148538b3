package org.rlhf4j.rlhf.online;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.policy.ValueLoss;
import org.rlhf4j.rlhf.train.DeviceStep;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Tiny;

/** A step of every policy-gradient algorithm on emulated CUDA, against double precision. */
class EmulatedPolicyStepTest {
  private static final double TEMPERATURE = 0.9;

  static List<PolicyGradient> presets() {
    return PolicyGradient.presets();
  }

  @ParameterizedTest
  @MethodSource("presets")
  void changesWhatTheReferenceChangesAndWaitsOnce(PolicyGradient algorithm) throws Exception {
    List<Rollout> rollouts = rollouts();
    DeviceStep.assertAgreesAndWaitsOnce((_, workspace) -> {
      Decoder policy = TinyPolicy.decoder(workspace);
      Critic critic = Critic.of(CriticTrunk.SHARED, policy, workspace, new RandomKey(3));
      List<Parameter> parameters = new ArrayList<>(policy.parameters());
      parameters.addAll(critic.parameters());
      PolicyObjective objective =
          new PolicyObjective(
              policy, List.of(critic), algorithm.loss(), TEMPERATURE, new ValueLoss(0.2), 0.5);
      return DeviceStep.Training.of(parameters, Order.parts(rollouts, 2), objective, workspace);
    });
  }

  /** Answers whose old policy, reference, values, advantages and returns are invented. */
  private static List<Rollout> rollouts() throws Exception {
    List<Rollout> rollouts = new ArrayList<>();
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          var random = new RandomKey(4).generator();
          for (Sample sample :
              TinyPolicy.sampler(TEMPERATURE, 4, 4, pool)
                  .sample(TinyPolicy.decoder(workspace), TinyPolicy.PROMPTS, new RandomKey(8))) {
            double[][] rows = new double[5][sample.length()];
            for (double[] row : rows) {
              Arrays.setAll(row, _ -> random.nextGaussian());
            }
            for (int t = 0; t < sample.length(); t++) {
              rows[0][t] = sample.logprobs()[t] + 0.2 * rows[0][t];
              rows[1][t] = sample.logprobs()[t] + 0.2 * rows[1][t];
            }
            rollouts.add(
                new Rollout(sample.dialogue(), rows[0], rows[1], rows[2], rows[3], rows[4]));
          }
        });
    return rollouts;
  }
}
