package org.rlhf4j.rlhf.tabular;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Differentiated;
import org.rlhf4j.rlhf.Differentiated.Input;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;
import org.rlhf4j.rlhf.Variance;
import org.rlhf4j.rlhf.kl.KlInReward;
import org.rlhf4j.rlhf.kl.NoKl;
import org.rlhf4j.rlhf.policy.AdvantageEstimator;
import org.rlhf4j.rlhf.policy.Aggregation;
import org.rlhf4j.rlhf.policy.ClippedSurrogate;
import org.rlhf4j.rlhf.policy.Episodes;
import org.rlhf4j.rlhf.policy.Gae;
import org.rlhf4j.rlhf.policy.GroupAdvantage;
import org.rlhf4j.rlhf.policy.ImportanceRatio;
import org.rlhf4j.rlhf.policy.OffPolicyCorrection;
import org.rlhf4j.rlhf.policy.PlainSurrogate;
import org.rlhf4j.rlhf.policy.PolicyBatch;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.policy.PolicyLoss;
import org.rlhf4j.rlhf.policy.TaperedSurrogate;

/**
 * Expected gradients of the policy-gradient estimators, summed exactly over every group of answers
 * that can be sampled, against the gradient of the expected reward.
 */
class PolicyGradientEnumerationTest {
  private static final TabularPolicy POLICY = TabularPolicy.of(3, 2);
  private static final Random RANDOM = new Random(11);
  private static final double[][] LOGITS = POLICY.randomLogits(RANDOM);
  private static final double[][] REFERENCE = POLICY.randomLogits(RANDOM);
  private static final double[] SCORES = RANDOM.doubles(POLICY.size(), -2, 2).toArray();
  private static final double[] SUCCESSES = {0, 1, 0, 0, 1, 1, 0};
  private static final PolicyLoss PLAIN =
      new PolicyLoss(
          ImportanceRatio.NONE, new PlainSurrogate(), new NoKl(), new Aggregation.SequenceSum());

  @Test
  void theListIsComplete() {
    // e; a then e, a, b; b then e, a, b
    assertEquals(7, POLICY.size());
    assertEquals(3, POLICY.stateCount());
    assertEquals(1, Arrays.stream(POLICY.probabilities(LOGITS)).sum(), 1e-15);
  }

  /** Gradient of sum_y P(y) f(y) by the logits, f held constant. */
  private static double[] gradientOfExpectation(UnaryOperator<double[]> ofLogprobs) {
    double[] f = ofLogprobs.apply(POLICY.logprobs(LOGITS));
    return gradient(logits -> {
      Variable logprobs = POLICY.logprobs(logits);
      return logprobs.exp().mul(logits.tape().constant(logprobs.shape(), f)).sum();
    });
  }

  private static double[] gradientOfReward(double[] scores) {
    return gradientOfExpectation(ignored -> scores);
  }

  private static double[] gradient(Function<Variable, Variable> function) {
    return Differentiated.of(in -> function.apply(in.get(0)), Input.of(LOGITS)).gradients()[0];
  }

  /** What makes the advantages of one sampled group. */
  private interface Advantages {
    double[][] of(int[] group);
  }

  /**
   * Minus the expected gradient of the loss over all groups of the given size drawn from {@code
   * sampler}.
   */
  private static double[] expectedAscent(
      PolicyLoss loss, int groupSize, double[][] sampler, Advantages advantages) {
    double[] probabilities = POLICY.probabilities(sampler);
    double[] ascent =
        gradient(logits -> {
          Variable sum = logits.sum().mul(0);
          for (int[] group : POLICY.tuples(groupSize)) {
            double probability = 1;
            for (int y : group) {
              probability *= probabilities[y];
            }
            PolicyBatch batch =
                new PolicyBatch(
                    POLICY.tokenLogprobs(logits, group),
                    POLICY.tokenLogprobs(sampler, group),
                    advantages.of(group),
                    POLICY.masks(group));
            sum = sum.add(loss.apply(batch).loss().mul(-probability));
          }
          return sum;
        });
    return ascent;
  }

  private static Episodes episodes(double[] scores, int[] group) {
    double[] picked = Arrays.stream(group).mapToDouble(y -> scores[y]).toArray();
    double[][] same = POLICY.tokenLogprobs(LOGITS, group);
    return new Episodes(
        new KlInReward(0).rewards(picked, same, same, POLICY.masks(group)),
        POLICY.masks(group),
        group.length);
  }

  private static double[] expectedAscent(
      PolicyLoss loss, int groupSize, AdvantageEstimator estimator, double[] scores) {
    return expectedAscent(
        loss, groupSize, LOGITS, group -> estimator.advantages(episodes(scores, group)));
  }

  private static double[] scaled(double factor, double[] vector) {
    return Arrays.stream(vector).map(x -> factor * x).toArray();
  }

  @Test
  @Proves(
      value = {
        "vanilla_policy_gradient",
        "general_gradient",
        "log_prob_derivative",
        "log_chain_rule",
        "policy_objective",
        "expect_reward_opt",
        "rl_opt",
        "rl_opt_int",
        "ppo_1step"
      },
      by = Proof.ENUMERATION)
  void reinforceIsUnbiased() {
    assertArrayEquals(
        gradientOfReward(SCORES),
        expectedAscent(PLAIN, 1, new AdvantageEstimator.ReturnToGo(1), SCORES),
        1e-14);
  }

  @Test
  @Proves(
      value = {"general_gradient", "vanilla_policy_gradient"},
      by = Proof.ENUMERATION)
  void returnToGoMayDropThePast() {
    // a reward for every token: only what follows an action depends on it
    double[][] perToken = new double[POLICY.size()][];
    double[] totals = new double[POLICY.size()];
    Random random = new Random(2);
    double first = random.nextGaussian();
    for (int y = 0; y < POLICY.size(); y++) {
      perToken[y] = new double[] {first + POLICY.completions().get(y)[0], y - 2};
      totals[y] = perToken[y][0] + (POLICY.mask(y)[1] ? perToken[y][1] : 0);
    }
    assertArrayEquals(
        gradientOfReward(totals),
        expectedAscent(
            PLAIN,
            1,
            LOGITS,
            group ->
                new AdvantageEstimator.ReturnToGo(1)
                    .advantages(
                        new Episodes(new double[][] {perToken[group[0]]}, POLICY.masks(group), 1))),
        1e-14);
  }

  @Test
  @Proves(
      value = {"REINFORCE_with_baseline", "REINFORCE_BASIC", "REINFORCE_with_advantage"},
      by = Proof.ENUMERATION)
  void aBaselineChangesNothingInExpectation() {
    assertArrayEquals(
        gradientOfReward(SCORES),
        expectedAscent(
            PLAIN,
            1,
            LOGITS,
            group ->
                new AdvantageEstimator.GreedyBaseline()
                    .advantages(episodes(SCORES, group).withBaselines(0.7))),
        1e-14);
  }

  @Test
  @Proves(
      value = {"REINFORCE_with_baseline"},
      by = Proof.ENUMERATION)
  void aBaselineReducesTheVariance() {
    // the book's "de-bias" is wrong: without a baseline there is no bias; see docs/errata.md
    double[] probabilities = POLICY.probabilities(LOGITS);
    double mean = 0;
    for (int y = 0; y < POLICY.size(); y++) {
      mean += probabilities[y] * (SCORES[y] + 3);
    }
    assertTrue(secondMoment(probabilities, mean) < secondMoment(probabilities, 0));
  }

  private static double secondMoment(double[] probabilities, double baseline) {
    double moment = 0;
    for (int y = 0; y < POLICY.size(); y++) {
      int answer = y;
      double[] score = gradient(logits -> POLICY.tokenLogprobs(logits, answer).sum());
      for (double slope : score) {
        moment += probabilities[y] * Math.pow((SCORES[y] + 3 - baseline) * slope, 2);
      }
    }
    return moment;
  }

  @Test
  @Proves(
      value = {
        "RLOO_baseline",
        "RLOO_advantage",
        "RLOO_advantage_alt",
        "RLOO_ADV_AGAIN",
        "REINFORCE_with_advantage"
      },
      by = Proof.ENUMERATION)
  void leaveOneOutIsUnbiased() {
    for (int k = 2; k <= 3; k++) {
      assertArrayEquals(
          gradientOfReward(SCORES),
          expectedAscent(PLAIN, k, new AdvantageEstimator.LeaveOneOut(), SCORES),
          1e-13);
    }
  }

  @Test
  @Proves(
      value = {"DrGRPO_ADV", "RLOO_GRPO_EQUIV"},
      by = Proof.ENUMERATION)
  void centringByTheGroupMeanShrinksByOneOverG() {
    for (int g = 2; g <= 3; g++) {
      PolicyLoss drGrpo = PolicyGradient.drGrpo(5).loss();
      assertArrayEquals(
          scaled((g - 1.0) / g / 5, gradientOfReward(SCORES)),
          expectedAscent(drGrpo, g, new AdvantageEstimator.Centred(), SCORES),
          1e-14);
    }
  }

  @Test
  @Proves(value = "GRPO_ADV", by = Proof.ENUMERATION)
  void grpoIsBiasedByAKnownFactor() {
    // with rewards 0 and 1, E = c grad p with
    // c = sum_k P(k of G) / G [ k A_1(k) / p - (G - k) A_0(k) / (1 - p) ]
    int g = 3;
    double p = expected(SUCCESSES);
    AdvantageEstimator grpo = new AdvantageEstimator.Standardized(Variance.SAMPLE, 1e-4);
    double factor = 0;
    for (int k = 1; k < g; k++) {
      double[] rewards = new double[g];
      Arrays.fill(rewards, 0, k, 1);
      double mean = k / (double) g;
      double deviation = Math.sqrt(g * mean * (1 - mean) / (g - 1)) + 1e-4;
      double chance = 3 * Math.pow(p, k) * Math.pow(1 - p, g - k); // C(3, 1) = C(3, 2) = 3
      factor += chance / g / deviation * (k * (1 - mean) / p + (g - k) * mean / (1 - p));
    }
    assertArrayEquals(
        scaled(factor, gradientOfReward(SUCCESSES)),
        expectedAscent(PLAIN, g, grpo, SUCCESSES),
        1e-13);
    // for G = 3 every informative group has the deviation sqrt(1/3): GRPO is Dr. GRPO scaled up
    assertEquals((g - 1.0) / g / (Math.sqrt(1 / 3.0) + 1e-4), factor, 1e-12);
  }

  private static double expected(double[] scores) {
    double[] probabilities = POLICY.probabilities(LOGITS);
    double sum = 0;
    for (int y = 0; y < scores.length; y++) {
      sum += probabilities[y] * scores[y];
    }
    return sum;
  }

  @Test
  void theLengthMeanIsBiasedTowardsShortAnswers() {
    PolicyLoss perSequence =
        new PolicyLoss(
            ImportanceRatio.TOKEN,
            new ClippedSurrogate(0.2),
            new NoKl(),
            new Aggregation.SequenceMean());
    double[] shrunk = SCORES.clone();
    for (int y = 0; y < shrunk.length; y++) {
      shrunk[y] /= POLICY.completions().get(y).length;
    }
    assertArrayEquals(
        gradientOfReward(shrunk),
        expectedAscent(perSequence, 1, new AdvantageEstimator.Reward(), SCORES),
        1e-14);
  }

  @Test
  void maxRlIsTheTruncatedLikelihood() {
    // E = sum_{k=0}^{G-2} (1 - p)^k grad p: the series of grad log p = grad p / p, cut
    double p = expected(SUCCESSES);
    for (int g = 2; g <= 4; g++) {
      double factor = 0;
      for (int k = 0; k <= g - 2; k++) {
        factor += Math.pow(1 - p, k);
      }
      assertArrayEquals(
          scaled(factor, gradientOfReward(SUCCESSES)),
          expectedAscent(PLAIN, g, new AdvantageEstimator.PerSuccess(), SUCCESSES),
          1e-12);
    }
  }

  @Test
  @Proves(
      value = {
        "objective_regularization",
        "rlhf_opt_eq",
        "kl_standard",
        "rl_start",
        "kl_expectation"
      },
      by = Proof.ENUMERATION)
  void klInTheRewardIsTheGradientOfTheRegularisedObjective() {
    double beta = 0.3;
    PolicyGradient rloo = PolicyGradient.rloo(beta);
    double[] referenceLogprobs = POLICY.logprobs(REFERENCE);
    double[] expected =
        gradient(logits -> {
          Variable logprobs = POLICY.logprobs(logits);
          var tape = logits.tape();
          Variable scores = tape.constant(logprobs.shape(), SCORES);
          Variable reference = tape.constant(logprobs.shape(), referenceLogprobs);
          return logprobs.exp().mul(scores.sub(logprobs.sub(reference).mul(beta))).sum();
        });
    double[] actual =
        expectedAscent(
            rloo.loss(),
            2,
            LOGITS,
            group -> {
              double[] picked = Arrays.stream(group).mapToDouble(y -> SCORES[y]).toArray();
              double[][] rewards =
                  rloo.rewards(
                      picked,
                      POLICY.tokenLogprobs(LOGITS, group),
                      POLICY.tokenLogprobs(REFERENCE, group),
                      POLICY.masks(group));
              return rloo.advantage()
                  .advantages(new Episodes(rewards, POLICY.masks(group), group.length));
            });
    assertArrayEquals(expected, actual, 1e-14);
  }

  /** V of the state in which each token is chosen, exact for the policy. */
  private static double[] values(int completion) {
    double[] probabilities = POLICY.probabilities(LOGITS);
    int[] states = POLICY.states().get(completion);
    double[] values = new double[POLICY.horizon()];
    for (int t = 0; t < states.length; t++) {
      double reach = 0;
      for (int y = 0; y < POLICY.size(); y++) {
        int[] path = POLICY.states().get(y);
        if (path.length > t && path[t] == states[t]) {
          reach += probabilities[y];
          values[t] += probabilities[y] * SCORES[y];
        }
      }
      values[t] /= reach;
    }
    return values;
  }

  private static double[] expectedWithCritic(double lambda, double shift) {
    return expectedAscent(
        PLAIN,
        1,
        LOGITS,
        group -> {
          double[] values = values(group[0]);
          // a critic that is wrong by something else in every state
          for (int t = 0; t < POLICY.states().get(group[0]).length; t++) {
            values[t] += shift * (1 + POLICY.states().get(group[0])[t]);
          }
          Episodes episode = episodes(SCORES, group);
          return new double[][] {
            new Gae(1, lambda)
                .estimate(episode.rewards()[0], values, episode.mask()[0])
                .advantages()
          };
        });
  }

  @Test
  @Proves(
      value = {
        "advantage_policy_gradient",
        "GAE_DFN",
        "TD_RESIDUAL",
        "value_function",
        "advantage_trick"
      },
      by = Proof.ENUMERATION)
  void gaeIsUnbiasedForAnExactCriticAndForLambdaOne() {
    double[] truth = gradientOfReward(SCORES);
    for (double lambda : new double[] {0, 0.5, 1}) {
      assertArrayEquals(truth, expectedWithCritic(lambda, 0), 1e-14);
    }
    assertArrayEquals(truth, expectedWithCritic(1, 0.7), 1e-14);
    double[] biased = expectedWithCritic(0, 0.7);
    double distance = 0;
    for (int i = 0; i < truth.length; i++) {
      distance += Math.abs(truth[i] - biased[i]);
    }
    assertTrue(distance > 0.01);
  }

  @Test
  @Proves(value = "PPO_POL_RATIO", by = Proof.ENUMERATION)
  void offPolicyOnlyTheSequenceRatioIsUnbiased() {
    double[] truth = gradientOfReward(SCORES);
    double[] sequence = offPolicy(ImportanceRatio.SEQUENCE);
    assertArrayEquals(truth, sequence, 1e-13);
    double error = 0;
    double[] token = offPolicy(ImportanceRatio.TOKEN);
    for (int i = 0; i < truth.length; i++) {
      error += Math.abs(truth[i] - token[i]);
    }
    assertTrue(error > 0.01);
  }

  private static double[] offPolicy(ImportanceRatio ratio) {
    PolicyLoss loss =
        new PolicyLoss(ratio, new PlainSurrogate(), new NoKl(), new Aggregation.SequenceMean());
    // a sequence ratio stands at each token; the mean over tokens counts it once
    PolicyLoss counted =
        ratio == ImportanceRatio.SEQUENCE
            ? loss
            : new PolicyLoss(
                ratio, new PlainSurrogate(), new NoKl(), new Aggregation.SequenceSum());
    return expectedAscent(
        counted,
        1,
        REFERENCE,
        group -> new AdvantageEstimator.Reward().advantages(episodes(SCORES, group)));
  }

  @Test
  void correctionsOfAnotherSamplerAreUnbiasedByTheWholeAnswer() {
    OffPolicyCorrection plain =
        new OffPolicyCorrection(
            OffPolicyCorrection.Level.SEQUENCE, new OffPolicyCorrection.Plain());
    double[] corrected =
        expectedAscent(
            PLAIN,
            1,
            REFERENCE,
            group -> {
              double[][] weights =
                  plain.weights(
                      POLICY.tokenLogprobs(LOGITS, group),
                      POLICY.tokenLogprobs(REFERENCE, group),
                      POLICY.masks(group));
              double[][] advantages =
                  new AdvantageEstimator.Reward().advantages(episodes(SCORES, group));
              for (int t = 0; t < POLICY.horizon(); t++) {
                advantages[0][t] *= weights[0][t];
              }
              return advantages;
            });
    assertArrayEquals(gradientOfReward(SCORES), corrected, 1e-13);
  }

  @Test
  void toprTapersOnlyWhatIsBad() {
    PolicyLoss topr = PolicyGradient.topr().loss();
    assertTrue(topr.surrogate() instanceof TaperedSurrogate);
    // on fresh samples it is REINFORCE
    assertArrayEquals(
        gradientOfReward(SCORES),
        expectedAscent(topr, 1, new AdvantageEstimator.Reward(), SCORES),
        1e-14);
    // on old ones: sum_y mu(y) r(y) w(y) grad log pi(y), w = min(1, pi/mu) where r < 0
    double[] old = POLICY.probabilities(REFERENCE);
    double[] now = POLICY.probabilities(LOGITS);
    double[] weighted = new double[POLICY.size()];
    for (int y = 0; y < weighted.length; y++) {
      double taper = SCORES[y] < 0 ? Math.min(1, now[y] / old[y]) : 1;
      weighted[y] = SCORES[y] * taper * old[y] / now[y];
    }
    assertArrayEquals(
        gradientOfReward(weighted),
        expectedAscent(
            topr,
            1,
            REFERENCE,
            group -> new AdvantageEstimator.Reward().advantages(episodes(SCORES, group))),
        1e-13);
  }

  @Test
  @Proves(
      value = {"PPO_EQN", "PPO_EQN_EXPANDED", "GRPO", "GRPO_token"},
      by = Proof.ENUMERATION)
  void onFreshSamplesEverySurrogateIsThePolicyGradientOfItsAdvantage() {
    for (PolicyGradient preset : PolicyGradient.presets()) {
      PolicyLoss loss = preset.loss();
      PolicyLoss withoutKl =
          new PolicyLoss(loss.ratio(), loss.surrogate(), new NoKl(), loss.aggregation());
      PolicyLoss plain =
          new PolicyLoss(
              ImportanceRatio.NONE, new PlainSurrogate(), new NoKl(), loss.aggregation());
      assertArrayEquals(
          expectedAscent(plain, 2, AdvantageOfPreset.of(preset), SUCCESSES),
          expectedAscent(withoutKl, 2, AdvantageOfPreset.of(preset), SUCCESSES),
          1e-14,
          preset.name());
    }
  }

  /** The preset's estimator, but one that needs neither critic nor greedy answers. */
  private static final class AdvantageOfPreset {
    static AdvantageEstimator of(PolicyGradient preset) {
      return switch (preset.advantage()) {
        case AdvantageEstimator.Critic _, AdvantageEstimator.GreedyBaseline _ ->
            new AdvantageEstimator.Reward();
        default -> preset.advantage();
      };
    }
  }

  @Test
  void groupOfEqualRewardsHasNoGradient() {
    double[] constant = new double[POLICY.size()];
    Arrays.fill(constant, 2);
    assertArrayEquals(
        new double[9],
        expectedAscent(PLAIN, 2, new AdvantageEstimator.LeaveOneOut(), constant),
        1e-15);
    assertEquals(0, GroupAdvantage.centred(constant)[0]);
  }
}
