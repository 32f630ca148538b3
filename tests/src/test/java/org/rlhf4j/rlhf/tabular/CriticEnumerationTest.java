package org.rlhf4j.rlhf.tabular;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.LOGITS;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.PLAIN;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.POLICY;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.SCORES;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.episodes;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.expectedAscent;
import static org.rlhf4j.rlhf.tabular.ExpectedAscent.gradientOfReward;

import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;
import org.rlhf4j.rlhf.policy.Episodes;
import org.rlhf4j.rlhf.policy.Gae;

/** The expected gradient with a critic, summed exactly over every answer that can be sampled. */
class CriticEnumerationTest {
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
}
