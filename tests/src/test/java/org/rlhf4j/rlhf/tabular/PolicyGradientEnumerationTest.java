package org.rlhf4j.rlhf.tabular;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.LOGITS;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.PLAIN;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.POLICY;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.REFERENCE;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.SCORES;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.SUCCESSES;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.episodes;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.expectedAscent;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.gradient;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.gradientOfReward;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;
import org.rlhf4j.rlhf.kl.NoKl;
import org.rlhf4j.rlhf.policy.AdvantageEstimator;
import org.rlhf4j.rlhf.policy.Aggregation;
import org.rlhf4j.rlhf.policy.ClippedSurrogate;
import org.rlhf4j.rlhf.policy.Episodes;
import org.rlhf4j.rlhf.policy.ImportanceRatio;
import org.rlhf4j.rlhf.policy.PlainSurrogate;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.policy.PolicyLoss;

/**
 * Expected gradients of the policy-gradient estimators, summed exactly over every answer that can
 * be sampled, against the gradient of the expected reward.
 */
class PolicyGradientEnumerationTest {
  @Test
  void theListIsComplete() {
    // e; a then e, a, b; b then e, a, b
    assertEquals(7, POLICY.size());
    assertEquals(3, POLICY.stateCount());
    assertEquals(1, Arrays.stream(POLICY.probabilities(LOGITS)).sum(), 1e-15);
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
}
