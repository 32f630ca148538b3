package org.rlhf4j.rlhf.tabular;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Differentiated;
import org.rlhf4j.rlhf.Differentiated.Input;
import org.rlhf4j.rlhf.LogSpace;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;
import org.rlhf4j.rlhf.Variance;
import org.rlhf4j.rlhf.direct.Dpo;
import org.rlhf4j.rlhf.direct.Ipo;
import org.rlhf4j.rlhf.direct.PairLogprobs;
import org.rlhf4j.rlhf.direct.PreferenceBatch;
import org.rlhf4j.rlhf.direct.PreferenceLoss;
import org.rlhf4j.rlhf.direct.Rebel;
import org.rlhf4j.rlhf.kl.KlInReward;
import org.rlhf4j.rlhf.kl.NoKl;
import org.rlhf4j.rlhf.kl.OptimalPolicy;
import org.rlhf4j.rlhf.policy.AdvantageEstimator;
import org.rlhf4j.rlhf.policy.Aggregation;
import org.rlhf4j.rlhf.policy.ClippedSurrogate;
import org.rlhf4j.rlhf.policy.Episodes;
import org.rlhf4j.rlhf.policy.Gae;
import org.rlhf4j.rlhf.policy.ImportanceRatio;
import org.rlhf4j.rlhf.policy.PolicyBatch;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.policy.PolicyLoss;
import org.rlhf4j.rlhf.preference.BradleyTerry;
import org.rlhf4j.tensor.Shape;

/**
 * Different roads to one place: on three answers, gradient descent with exact expectations must end
 * at the closed-form optimum ref exp(r / beta) / Z, by reinforcement learning and by direct
 * alignment.
 */
class ConvergenceTest {
  private static final double[] REFERENCE = {Math.log(0.5), Math.log(0.3), Math.log(0.2)};
  private static final double[] SCORES = {1, 0, -1};
  private static final double BETA = 1;
  private static final double[] OPTIMUM = {0.78439876, 0.17313851, 0.04246273};
  private static final TabularPolicy BANDIT = TabularPolicy.of(3, 1);

  @Test
  @Proves(value = "dpo_opt_policy", by = Proof.CLOSED_FORM)
  void theOptimum() {
    double[] logprobs = OptimalPolicy.logprobs(REFERENCE, SCORES, BETA);
    assertArrayEquals(OPTIMUM, Arrays.stream(logprobs).map(Math::exp).toArray(), 5e-9);
  }

  /** Plain gradient descent on the logits, from the reference: theta <- theta - rate gradient. */
  private static double[] descend(
      int steps, double rate, BiFunction<Variable, double[], Variable> loss) {
    double[] logits = REFERENCE.clone();
    for (int step = 0; step < steps; step++) {
      double[] now = logits.clone();
      double[] gradient =
          Differentiated.of(in -> loss.apply(in.get(0), now), Input.of(new double[][] {now}))
              .gradients()[0];
      for (int i = 0; i < logits.length; i++) {
        logits[i] -= rate * gradient[i];
      }
    }
    return LogSpace.softmax(logits);
  }

  /** Expected loss over all groups sampled from the policy with logits {@code old}. */
  private static Variable expectedLoss(
      Variable logits, double[] old, int groupSize, PolicyGradient algorithm) {
    double[][] sampler = {old};
    double[][] reference = {REFERENCE};
    double[] probabilities = BANDIT.probabilities(sampler);
    Variable sum = logits.sum().mul(0);
    for (int[] group : BANDIT.tuples(groupSize)) {
      double probability = 1;
      for (int y : group) {
        probability *= probabilities[y];
      }
      double[] scores = Arrays.stream(group).mapToDouble(y -> SCORES[y]).toArray();
      double[][] sampled = BANDIT.tokenLogprobs(sampler, group);
      double[][] references = BANDIT.tokenLogprobs(reference, group);
      boolean[][] mask = BANDIT.masks(group);
      double[][] rewards = algorithm.rewards(scores, sampled, references, mask);
      double[] baseline = new double[group.length];
      Episodes episodes =
          new Episodes(rewards, mask, group.length)
              .withValues(new double[group.length][1])
              .withBaselines(baseline);
      double[][] advantages = algorithm.advantage().advantages(episodes);
      PolicyBatch batch =
          new PolicyBatch(
              BANDIT.tokenLogprobs(logits, group), sampled, references, advantages, mask);
      sum = sum.add(algorithm.loss().apply(batch).loss().mul(probability));
    }
    return sum;
  }

  @Test
  @Proves(
      value = {"rlhf_opt_eq", "dpo_opt_policy", "RLOO_advantage", "policy_update"},
      by = Proof.ENUMERATION)
  void rlooLandsOnTheOptimum() {
    PolicyGradient rloo = PolicyGradient.rloo(BETA);
    assertArrayEquals(
        OPTIMUM, descend(400, 1.5, (logits, now) -> expectedLoss(logits, now, 2, rloo)), 1e-8);
  }

  @Test
  @Proves(
      value = {"GRPO", "GRPO_ADV", "dpo_opt_policy"},
      by = Proof.ENUMERATION)
  void grpoLandsOnTheOptimum() {
    // with the penalty inside the reward, all advantages vanish exactly where r - beta log(pi/ref)
    // is constant, whatever they are divided by; a large epsilon keeps the division smooth there
    PolicyGradient grpo =
        new PolicyGradient(
            "GRPO, KL in reward",
            "2402.03300",
            new AdvantageEstimator.Standardized(Variance.SAMPLE, 0.5),
            new PolicyLoss(
                ImportanceRatio.TOKEN,
                new ClippedSurrogate(0.2),
                new KlInReward(BETA),
                new Aggregation.SequenceMean()));
    assertArrayEquals(
        OPTIMUM, descend(500, 1.5, (logits, now) -> expectedLoss(logits, now, 2, grpo)), 1e-7);
  }

  @Test
  @Proves(
      value = {"PPO_EQN", "PPO_EQN_EXPANDED", "policy_update", "dpo_opt_policy"},
      by = Proof.ENUMERATION)
  void ppoLandsOnTheOptimum() {
    // four epochs on the same samples, so that ratios leave 1 and the clip acts
    PolicyLoss clipped =
        new PolicyLoss(
            ImportanceRatio.TOKEN,
            new ClippedSurrogate(0.2),
            new NoKl(),
            new Aggregation.SequenceSum());
    double[][] old = {REFERENCE.clone()};
    int[] counter = {0};
    double[] result =
        descend(
            1600,
            1,
            (logits, now) -> {
              if (counter[0]++ % 4 == 0) {
                old[0] = now;
              }
              return ppoLoss(clipped, logits, old);
            });
    assertArrayEquals(OPTIMUM, result, 1e-7);
  }

  private static Variable ppoLoss(PolicyLoss clipped, Variable logits, double[][] old) {
    double[] probabilities = BANDIT.probabilities(old);
    double[][] rewards = new double[3][];
    double value = 0;
    for (int y = 0; y < 3; y++) {
      double[] sampled = BANDIT.tokenLogprobs(old, y);
      double[] reference = BANDIT.tokenLogprobs(new double[][] {REFERENCE}, y);
      rewards[y] =
          new KlInReward(BETA).rewards(SCORES[y], sampled, reference, new boolean[] {true});
      value += probabilities[y] * rewards[y][0];
    }
    Variable sum = logits.sum().mul(0);
    for (int y = 0; y < 3; y++) {
      double[] advantages =
          new Gae(1, 0.95)
              .estimate(rewards[y], new double[] {value}, new boolean[] {true})
              .advantages();
      PolicyBatch batch =
          new PolicyBatch(
              BANDIT.tokenLogprobs(logits, y),
              BANDIT.tokenLogprobs(old, new int[] {y}),
              new double[][] {advantages},
              BANDIT.masks(y));
      sum = sum.add(clipped.apply(batch).loss().mul(probabilities[y]));
    }
    return sum;
  }

  /** Population loss over all ordered pairs, weighted by the probability of each preference. */
  private static Variable populationLoss(
      Variable logits, PreferenceLoss loss, double[][] preference) {
    Variable logprobs = logits.logSoftmax();
    Variable sum = logits.sum().mul(0);
    for (int w = 0; w < 3; w++) {
      for (int l = 0; l < 3; l++) {
        if (w != l) {
          var tape = logits.tape();
          PreferenceBatch batch =
              PreferenceBatch.of(
                      new PairLogprobs(at(logprobs, w), at(logprobs, l)),
                      new PairLogprobs(
                          tape.constant(Shape.of(1), REFERENCE[w]),
                          tape.constant(Shape.of(1), REFERENCE[l])))
                  .withScores(new double[] {SCORES[w]}, new double[] {SCORES[l]});
          sum = sum.add(loss.losses(batch).sum().mul(preference[w][l]));
        }
      }
    }
    return sum;
  }

  private static Variable at(Variable row, int index) {
    return row.slice(1, index, index + 1).reshape(1);
  }

  private static double[][] bradleyTerry() {
    double[][] preference = new double[3][3];
    for (int w = 0; w < 3; w++) {
      for (int l = 0; l < 3; l++) {
        preference[w][l] = BradleyTerry.fromRewards(SCORES[w], SCORES[l]);
      }
    }
    return preference;
  }

  @Test
  @Proves(
      value = {"dpo_core", "dpo_gradient", "dpo_loss_deriv3", "bradley_terry_dpo"},
      by = Proof.ENUMERATION)
  void dpoOnExactPreferencesLandsOnTheOptimum() {
    assertArrayEquals(
        OPTIMUM,
        descend(600, 1, (logits, now) -> populationLoss(logits, new Dpo(BETA), bradleyTerry())),
        1e-8);
  }

  @Test
  void dpoOnOneSidedLabelsDiverges() {
    double[][] certain = {{0, 1, 1}, {0, 0, 1}, {0, 0, 0}};
    double[] few = descend(100, 5, (logits, now) -> populationLoss(logits, new Dpo(BETA), certain));
    double[] many =
        descend(1000, 5, (logits, now) -> populationLoss(logits, new Dpo(BETA), certain));
    assertEquals(true, many[0] > few[0] && few[0] > OPTIMUM[0] && many[0] > 0.99);
  }

  @Test
  void ipoStopsAtItsOwnMargin() {
    // certain preferences in a circle of two: D = 1 / (2 tau), not infinity
    double tau = 0.5;
    double[][] firstBeatsSecond = {{0, 1, 0}, {0, 0, 0}, {0, 0, 0}};
    double[] result =
        descend(400, 0.2, (logits, now) -> populationLoss(logits, new Ipo(tau), firstBeatsSecond));
    double margin = Math.log(result[0] / result[1]) - (REFERENCE[0] - REFERENCE[1]);
    assertEquals(1 / (2 * tau), margin, 1e-9);
  }

  @Test
  void rebelLandsOnTheMirrorDescentStep() {
    double eta = 0.7;
    double[] expected =
        Arrays.stream(OptimalPolicy.logprobs(REFERENCE, SCORES, 1 / eta)).map(Math::exp).toArray();
    double[][] uniform = {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}};
    assertArrayEquals(
        expected,
        descend(400, 0.03, (logits, now) -> populationLoss(logits, new Rebel(eta), uniform)),
        1e-9);
  }
}
