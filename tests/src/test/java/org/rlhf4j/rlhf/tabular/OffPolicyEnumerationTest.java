package org.rlhf4j.rlhf.tabular;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.LOGITS;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.PLAIN;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.POLICY;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.REFERENCE;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.SCORES;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.episodes;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.expectedAscent;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.gradientOfReward;

import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;
import org.rlhf4j.rlhf.kl.NoKl;
import org.rlhf4j.rlhf.policy.AdvantageEstimator;
import org.rlhf4j.rlhf.policy.Aggregation;
import org.rlhf4j.rlhf.policy.ImportanceRatio;
import org.rlhf4j.rlhf.policy.OffPolicyCorrection;
import org.rlhf4j.rlhf.policy.PlainSurrogate;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.policy.PolicyLoss;
import org.rlhf4j.rlhf.policy.TaperedSurrogate;

/** Expected gradients where another policy samples, summed exactly over its answers. */
class OffPolicyEnumerationTest {
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
}
