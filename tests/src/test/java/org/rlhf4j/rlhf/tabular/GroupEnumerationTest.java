package org.rlhf4j.rlhf.tabular;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.LOGITS;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.PLAIN;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.POLICY;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.SCORES;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.SUCCESSES;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.expectedAscent;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.gradientOfReward;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.scaled;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;
import org.rlhf4j.rlhf.Variance;
import org.rlhf4j.rlhf.policy.AdvantageEstimator;
import org.rlhf4j.rlhf.policy.GroupAdvantage;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.policy.PolicyLoss;

/**
 * Estimators that compare the answers of a group, their expected gradients summed exactly over
 * every group that can be sampled.
 */
class GroupEnumerationTest {
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
