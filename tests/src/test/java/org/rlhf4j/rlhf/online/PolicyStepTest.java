package org.rlhf4j.rlhf.online;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.kl.KlEstimator;
import org.rlhf4j.rlhf.kl.KlInLoss;
import org.rlhf4j.rlhf.kl.KlInReward;
import org.rlhf4j.rlhf.policy.AdvantageEstimator;
import org.rlhf4j.rlhf.policy.Aggregation;
import org.rlhf4j.rlhf.policy.Gae;
import org.rlhf4j.rlhf.policy.ImportanceRatio;
import org.rlhf4j.rlhf.policy.PlainSurrogate;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.policy.PolicyLoss;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.policy.ValueLoss;
import org.rlhf4j.rlhf.policy.Whitening;
import org.rlhf4j.rlhf.train.Likelihoods;
import org.rlhf4j.rlhf.train.ScalarHead;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Columns;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Tiny;
import org.rlhf4j.transformer.TokenBatch;

/** What an update is made of, in plain numbers: dialogues one at a time, no padding, no shift. */
class PolicyStepTest {
  private static final double TEMPERATURE = 0.8;
  private static final double BETA = 0.3;
  private static final double DOUBLE = 1e-12; // sums of some tens of numbers of order 1

  /** One of three tokens, one cut off, one in which another voice speaks. */
  private static final List<Dialogue> DIALOGUES =
      List.of(
          new Dialogue(new int[] {1, 4}, new int[] {5, 6, 2}),
          new Dialogue(new int[] {1}, new int[] {6, 6, 5, 7}),
          new Dialogue(
              new int[] {1, 4, 4},
              new int[] {7, 5, 6, 4, 2},
              new boolean[] {true, false, false, true, true}));

  private static Critic critic(Decoder policy, Workspace workspace) {
    ParameterScope scope = ParameterScope.root(workspace, new RandomKey(9)).child("valueHead");
    return new Critic(CriticTrunk.SHARED, policy, new ScalarHead(scope, policy.config().width()));
  }

  private static Decoder moved(Decoder policy, double factor, Workspace workspace) {
    Decoder moved = policy.copy(workspace);
    double[] values = moved.parameters().getFirst().value().toDoubles();
    Arrays.setAll(values, i -> values[i] * factor);
    moved.parameters().getFirst().value().set(values);
    return moved;
  }

  private static double[] logprobs(Decoder decoder, Dialogue dialogue, Pool pool) {
    return Likelihoods.ofCompletions(decoder, List.of(dialogue), TEMPERATURE, pool, 1).getFirst();
  }

  /** Of the state before each token of the completion. */
  private static double[] values(Critic critic, Dialogue dialogue, Pool pool) {
    try (Tape tape = Tape.noGrad(pool)) {
      TokenBatch tokens = DialogueBatch.of(List.of(dialogue)).tokens();
      double[] all =
          critic.values(tape, tokens, Columns.all(dialogue.length())).value().toDoubles();
      return Arrays.copyOfRange(all, dialogue.prompt().length - 1, dialogue.length() - 1);
    }
  }

  /**
   * Without discount returns are what is still to come, r_t + .. + r_T, where r_t = -beta (log old
   * - log reference) and the score on top at the end; advantages are returns - values, whitened.
   */
  @Test
  void experienceOfPpo() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          Decoder reference = moved(policy, 0.7, workspace);
          Critic critic = critic(policy, workspace);
          PolicyGradient algorithm =
              new PolicyGradient(
                  "",
                  "",
                  new AdvantageEstimator.Critic(new Gae(1, 1), Whitening.ofAdvantages()),
                  new PolicyLoss(
                      ImportanceRatio.TOKEN,
                      new PlainSurrogate(),
                      new KlInReward(BETA),
                      new Aggregation.TokenMean()));
          double[] scores = {1, -0.5, 2};
          List<ScoredSample> scored = new ArrayList<>();
          for (int i = 0; i < 3; i++) {
            Dialogue dialogue = DIALOGUES.get(i);
            double[] sampled = logprobs(policy, dialogue, pool);
            scored.add(
                new ScoredSample(
                    new Sample("", dialogue, "", sampled, i != 1), new double[0], scores[i]));
          }
          List<Rollout> rollouts =
              new Experience(
                      algorithm,
                      TinyPolicy.sampler(TEMPERATURE, 5, 2, pool),
                      policy,
                      reference,
                      List.of(critic),
                      List.of())
                  .of(scored, 1, new double[0]);

          List<double[]> expected = new ArrayList<>();
          List<Double> unwhitened = new ArrayList<>();
          double kl = 0;
          for (int i = 0; i < 3; i++) {
            Dialogue dialogue = DIALOGUES.get(i);
            double[] old = logprobs(policy, dialogue, pool);
            double[] held = logprobs(reference, dialogue, pool);
            double[] values = values(critic, dialogue, pool);
            double[] returns = new double[old.length];
            double toCome = scores[i];
            for (int t = old.length - 1; t >= 0; t--) {
              if (dialogue.learned()[t]) {
                toCome -= BETA * (old[t] - held[t]);
                kl += (old[t] - held[t]) / 3;
                returns[t] = toCome;
                unwhitened.add(toCome - values[t]);
                assertEquals(toCome, rollouts.get(i).returns()[t], DOUBLE);
                assertEquals(values[t], rollouts.get(i).values()[t], DOUBLE);
                assertEquals(held[t], rollouts.get(i).reference()[t], DOUBLE);
              }
            }
            expected.add(returns);
          }
          assertEquals(kl, Experience.kl(rollouts), DOUBLE);
          double[] all = unwhitened.stream().mapToDouble(Double::doubleValue).toArray();
          double mean = Arrays.stream(all).average().orElseThrow();
          double variance =
              Arrays.stream(all).map(a -> (a - mean) * (a - mean)).sum() / (all.length - 1);
          for (int i = 0; i < 3; i++) {
            double[] values = values(critic, DIALOGUES.get(i), pool);
            double[] advantages = new double[values.length];
            for (int t = 0; t < values.length; t++) {
              advantages[t] =
                  DIALOGUES.get(i).learned()[t]
                      ? (expected.get(i)[t] - values[t] - mean) / Math.sqrt(variance + 1e-8)
                      : 0;
            }
            assertArrayEquals(advantages, rollouts.get(i).advantages(), DOUBLE);
          }
        });
  }

  /** Two answers to each of two prompts: the advantage is the reward less the group's mean. */
  @Test
  void experienceOfGroups() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          double[] scores = {1, 0, 5, 3};
          double[] expected = {0.5, -0.5, 1, -1};
          List<ScoredSample> scored = new ArrayList<>();
          for (int i = 0; i < 4; i++) {
            Dialogue dialogue = DIALOGUES.get(i % 2);
            double[] sampled = logprobs(policy, dialogue, pool);
            scored.add(
                new ScoredSample(
                    new Sample("", dialogue, "", sampled, true), new double[0], scores[i]));
          }
          List<Rollout> rollouts =
              new Experience(
                      PolicyGradient.drGrpo(8),
                      TinyPolicy.sampler(TEMPERATURE, 5, 2, pool),
                      policy,
                      policy,
                      List.of(),
                      List.of())
                  .of(scored, 2, new double[0]);
          for (int i = 0; i < 4; i++) {
            for (double advantage : rollouts.get(i).advantages()) {
              assertEquals(expected[i], advantage, DOUBLE);
            }
          }
        });
  }

  /**
   * mean_t( -ratio A + beta (ref / pi - 1 - log ref / pi) + c max( (V - R)^2, (V' - R)^2 ) / 2 ),
   * V' held near the old value, over the model's tokens of twice as large a step.
   */
  @Test
  void theLossOfAnUpdate() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder policy = TinyPolicy.decoder(workspace);
          Critic critic = critic(policy, workspace);
          double coefficient = 0.7;
          PolicyObjective objective =
              new PolicyObjective(
                  policy,
                  List.of(critic),
                  new PolicyLoss(
                      ImportanceRatio.TOKEN,
                      new PlainSurrogate(),
                      new KlInLoss(KlEstimator.K3, BETA),
                      new Aggregation.TokenMean()),
                  TEMPERATURE,
                  new ValueLoss(0.2),
                  coefficient);
          RandomGenerator random = new RandomKey(4).generator();
          List<Rollout> rollouts = new ArrayList<>();
          double expected = 0;
          int tokens = 2 * 10;
          for (Dialogue dialogue : DIALOGUES) {
            double[] now = logprobs(policy, dialogue, pool);
            double[] values = values(critic, dialogue, pool);
            int length = now.length;
            Rollout rollout =
                new Rollout(
                    dialogue,
                    Arrays.stream(now).map(x -> x + 0.3 * random.nextGaussian()).toArray(),
                    Arrays.stream(now).map(x -> x + 0.3 * random.nextGaussian()).toArray(),
                    Arrays.stream(values).map(x -> x + 0.3 * random.nextGaussian()).toArray(),
                    random.doubles(length, -1, 1).toArray(),
                    random.doubles(length, -1, 1).toArray());
            rollouts.add(rollout);
            for (int t = 0; t < length; t++) {
              if (dialogue.learned()[t]) {
                double d = rollout.reference()[t] - now[t];
                double old = rollout.values()[t];
                double kept = Math.clamp(values[t], old - 0.2, old + 0.2);
                double target = rollout.returns()[t];
                double worse = Math.max(Math.abs(values[t] - target), Math.abs(kept - target));
                expected +=
                    (-Math.exp(now[t] - rollout.old()[t]) * rollout.advantages()[t]
                            + BETA * (Math.exp(d) - 1 - d)
                            + coefficient * worse * worse / 2)
                        / tokens;
              }
            }
          }
          assertEquals(new Totals(3, 10), objective.totals(rollouts));
          try (Tape tape = Tape.noGrad(pool)) {
            assertEquals(
                expected,
                objective.loss(tape, rollouts, new Totals(6, tokens)).loss().item(),
                DOUBLE);
          }
        });
  }
}
