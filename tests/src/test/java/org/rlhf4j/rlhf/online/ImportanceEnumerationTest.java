package org.rlhf4j.rlhf.online;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.kl.NoKl;
import org.rlhf4j.rlhf.policy.AdvantageEstimator;
import org.rlhf4j.rlhf.policy.Aggregation;
import org.rlhf4j.rlhf.policy.ImportanceRatio;
import org.rlhf4j.rlhf.policy.OffPolicyCorrection;
import org.rlhf4j.rlhf.policy.PlainSurrogate;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.policy.PolicyLoss;
import org.rlhf4j.rlhf.policy.ValueLoss;
import org.rlhf4j.rlhf.train.Likelihoods;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Tiny;

/**
 * Answers of one token, all of them, each as likely as an old policy finds it: the expected update
 * of a policy that has moved on, exactly.
 */
class ImportanceEnumerationTest {
  private static final double CAP = 1.5;
  private static final PolicyGradient REINFORCE =
      new PolicyGradient(
          "REINFORCE",
          "",
          new AdvantageEstimator.Reward(),
          new PolicyLoss(
              ImportanceRatio.NONE,
              new PlainSurrogate(),
              new NoKl(),
              new Aggregation.SequenceSum()));

  @Test
  void weightedOldSamplesAscendTheRewardOfThePolicyAsItIs() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder old = TinyPolicy.decoder(workspace);
          Decoder policy = old.copy(workspace);
          double[] values = policy.parameters().getLast().value().toDoubles();
          for (int i = 0; i < values.length; i++) {
            values[i] += Math.sin(i);
          }
          policy.parameters().getLast().value().set(values);

          double[] ratios = ratios(policy, old, pool);
          assertTrue(Arrays.stream(ratios).anyMatch(ratio -> ratio > CAP), "none is cut");
          double[] wanted = gradientOfReward(policy, pool, ImportanceEnumerationTest::reward);
          double[] weighted =
              expectedAscent(
                  policy, old, List.of(correction(new OffPolicyCorrection.Plain())), pool);
          assertArrayEquals(wanted, weighted, 1e-12);
          // what is cut counts less: pi r min(1, cap / ratio)
          double[] cut =
              gradientOfReward(
                  policy, pool, token -> reward(token) * Math.min(1, CAP / ratios[token]));
          double[] truncated =
              expectedAscent(
                  policy, old, List.of(correction(new OffPolicyCorrection.Truncated(CAP))), pool);
          assertArrayEquals(cut, truncated, 1e-12);
          double[] asTheyAre = expectedAscent(policy, old, List.of(), pool);
          double bias = 0;
          for (int i = 0; i < wanted.length; i++) {
            bias = Math.max(bias, Math.abs(asTheyAre[i] - wanted[i]));
          }
          assertTrue(bias > 0.01, "old samples as they are have a bias of " + bias);
        });
  }

  private static double[] ratios(Decoder policy, Decoder old, Pool pool) {
    double[] ratios = new double[TinyPolicy.WORDS.vocabularySize()];
    for (int token = 0; token < ratios.length; token++) {
      List<Dialogue> answer = List.of(answer(token, pool));
      ratios[token] =
          Math.exp(
              Likelihoods.ofCompletions(policy, answer, 1, pool, 1).getFirst()[0]
                  - Likelihoods.ofCompletions(old, answer, 1, pool, 1).getFirst()[0]);
    }
    return ratios;
  }

  private static OffPolicyCorrection correction(OffPolicyCorrection.Rule rule) {
    return new OffPolicyCorrection(OffPolicyCorrection.Level.TOKEN, rule);
  }

  private static double reward(int token) {
    return Math.cos(3 * token);
  }

  private static Dialogue answer(int token, Pool pool) {
    int[] prompt = TinyPolicy.sampler(1, 1, 1, pool).template().prompt("go");
    return new Dialogue(prompt, new int[] {token});
  }

  /** sum_a mu(a) times what the trainer would ascend for a sample a. */
  private static double[] expectedAscent(
      Decoder policy, Decoder old, List<OffPolicyCorrection> correction, Pool pool) {
    PolicyObjective objective =
        new PolicyObjective(policy, List.of(), REINFORCE.loss(), 1, ValueLoss.unclipped(), 0);
    for (int token = 0; token < TinyPolicy.WORDS.vocabularySize(); token++) {
      Dialogue answer = answer(token, pool);
      double[] mu = Likelihoods.ofCompletions(old, List.of(answer), 1, pool, 1).getFirst();
      ScoredSample sample =
          new ScoredSample(new Sample("go", answer, "", mu, true), new double[0], reward(token));
      List<Rollout> rollouts =
          new Experience(
                  REINFORCE, TinyPolicy.sampler(1, 1, 1, pool), policy, old, List.of(), correction)
              .of(List.of(sample), 1, new double[0]);
      try (Tape tape = Tape.recording(pool)) {
        tape.backward(
            objective
                .loss(tape, rollouts, objective.totals(rollouts))
                .loss()
                .mul(-Math.exp(mu[0])));
      }
    }
    return taken(policy.parameters());
  }

  /** The gradient of sum_a pi(a) r(a). */
  private static double[] gradientOfReward(
      Decoder policy, Pool pool, IntToDoubleFunction rewardOf) {
    for (int token = 0; token < TinyPolicy.WORDS.vocabularySize(); token++) {
      try (Tape tape = Tape.recording(pool)) {
        tape.backward(
            Likelihoods.sequences(
                    tape, policy, DialogueBatch.of(List.of(answer(token, pool))), Mode.EVALUATION)
                .exp()
                .mul(rewardOf.applyAsDouble(token))
                .sum());
      }
    }
    return taken(policy.parameters());
  }

  private static double[] taken(List<Parameter> parameters) {
    double[] all =
        parameters.stream().flatMapToDouble(p -> Arrays.stream(p.gradient().toDoubles())).toArray();
    parameters.forEach(Parameter::zeroGradient);
    return all;
  }
}
