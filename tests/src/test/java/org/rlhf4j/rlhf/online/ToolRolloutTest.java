package org.rlhf4j.rlhf.online;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.Variance;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.policy.ValueLoss;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Tiny;

/** Completions in which a tool spoke: its words are read, but nobody is rewarded for them. */
class ToolRolloutTest {
  private static final int SAID = TinyPolicy.WORDS.encode("green")[0];

  private record Made(List<ScoredSample> scored, List<Rollout> rollouts, Critic critic) {}

  /** A tool that says green, twice, after each red of the model. */
  private static Made made(Decoder policy, Pool pool, Workspace workspace) {
    int red = TinyPolicy.WORDS.encode("red")[0];
    Sampler sampler =
        TinyPolicy.sampler(1, 6, 8, pool)
            .with((_, tokens) ->
                tokens[tokens.length - 1] == red ? new int[] {SAID, SAID} : new int[0]);
    List<String> prompts = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      prompts.addAll(TinyPolicy.PROMPTS);
    }
    List<ScoredSample> scored =
        WeightedReward.score(
            List.of(new WeightedReward("red", 1, TinyPolicy.red())),
            sampler.sample(policy, prompts, new RandomKey(3)));
    Critic critic = Critic.of(CriticTrunk.OWN, policy, workspace, new RandomKey(4));
    List<Rollout> rollouts =
        new Experience(PolicyGradient.ppo(0.1), sampler, policy, policy, List.of(critic), List.of())
            .of(scored, 1, new double[0]);
    return new Made(scored, rollouts, critic);
  }

  @Test
  void advantagesAreWhitenedOverTheModelsTokensAlone() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          Made made = made(policy, pool, workspace);
          List<Double> learned = new ArrayList<>();
          int heard = 0;
          for (Rollout rollout : made.rollouts()) {
            for (int t = 0; t < rollout.advantages().length; t++) {
              if (rollout.dialogue().learned()[t]) {
                learned.add(rollout.advantages()[t]);
              } else {
                assertEquals(0, rollout.advantages()[t]);
                assertEquals(0, rollout.returns()[t]);
                assertEquals(0, rollout.old()[t]);
                heard++;
              }
            }
          }
          assertTrue(heard > 3, "the tool spoke " + heard + " tokens");
          double[] all = learned.stream().mapToDouble(x -> x).toArray();
          assertEquals(0, Rows.mean(all), 1e-12);
          assertEquals(1, Variance.SAMPLE.of(all), 1e-6);
        });
  }

  /** Whatever rollouts hold where the tool spoke, even NaN, the loss and its gradient stay. */
  @Test
  void theToolsTokensNeverReachTheLoss() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          Made made = made(policy, pool, workspace);
          PolicyObjective objective =
              new PolicyObjective(
                  policy,
                  List.of(made.critic()),
                  PolicyGradient.ppo(0.1).loss(),
                  1,
                  new ValueLoss(0.2),
                  0.5);
          List<Parameter> parameters = new ArrayList<>(policy.parameters());
          parameters.addAll(made.critic().parameters());
          double[] clean = gradient(objective, made.rollouts(), parameters, pool);
          List<Rollout> spoilt = made.rollouts().stream().map(ToolRolloutTest::spoilt).toList();
          assertArrayEquals(clean, gradient(objective, spoilt, parameters, pool), 0);
          assertTrue(Arrays.stream(clean).anyMatch(g -> Math.abs(g) > 1e-3));
          assertEquals(
              made.rollouts().stream().mapToInt(r -> Rows.count(r.dialogue().learned())).sum(),
              objective.totals(made.rollouts()).tokens());
        });
  }

  private static Rollout spoilt(Rollout rollout) {
    return new Rollout(
        rollout.dialogue(),
        spoilt(rollout, rollout.old()),
        spoilt(rollout, rollout.reference()),
        spoilt(rollout, rollout.values()),
        spoilt(rollout, rollout.advantages()),
        spoilt(rollout, rollout.returns()));
  }

  private static double[] spoilt(Rollout rollout, double[] values) {
    double[] spoilt = values.clone();
    for (int t = 0; t < spoilt.length; t++) {
      if (!rollout.dialogue().learned()[t]) {
        spoilt[t] = Double.NaN;
      }
    }
    return spoilt;
  }

  private static double[] gradient(
      PolicyObjective objective, List<Rollout> rollouts, List<Parameter> parameters, Pool pool) {
    try (Tape tape = Tape.recording(pool)) {
      tape.backward(objective.loss(tape, rollouts, objective.totals(rollouts)).loss());
    }
    double[] all =
        parameters.stream().flatMapToDouble(p -> Arrays.stream(p.gradient().toDoubles())).toArray();
    parameters.forEach(Parameter::zeroGradient);
    return all;
  }

  /** A critic of its own learns by itself: its loss does not move the policy. */
  @Test
  void aTrunkOfItsOwnLeavesThePolicyAlone() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          Made made = made(policy, pool, workspace);
          double[] with = new double[0];
          for (double coefficient : new double[] {0, 1}) {
            PolicyObjective objective =
                new PolicyObjective(
                    policy,
                    List.of(made.critic()),
                    PolicyGradient.ppo(0.1).loss(),
                    1,
                    ValueLoss.unclipped(),
                    coefficient);
            double[] ofPolicy = gradient(objective, made.rollouts(), policy.parameters(), pool);
            double[] ofCritic =
                made.critic().parameters().stream()
                    .flatMapToDouble(p -> Arrays.stream(p.gradient().toDoubles()))
                    .toArray();
            made.critic().parameters().forEach(Parameter::zeroGradient);
            assertEquals(coefficient > 0, Arrays.stream(ofCritic).anyMatch(g -> g != 0));
            if (coefficient > 0) {
              assertArrayEquals(with, ofPolicy, 0);
            }
            with = ofPolicy;
          }
          Critic shared = Critic.of(CriticTrunk.SHARED, policy, workspace, new RandomKey(4));
          assertEquals(2, shared.parameters().size());
          assertFalse(made.critic().trunk() == policy);
        });
  }
}
