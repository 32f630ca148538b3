package org.rlhf4j.rlhf.tabular;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.LogSpace;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;

/** Statements of the book's June 2025 edition that enumeration refutes; see docs/errata.md. */
class ErrataEnumerationTest {
  @Test
  @Proves(value = "policy_objective", by = Proof.ENUMERATION)
  void theObjectiveIsTheValueOfTheFirstStateNotOfAllStatesVisited() {
    TabularPolicy policy = TabularPolicy.of(3, 2);
    Random random = new Random(3);
    double[] probabilities = policy.probabilities(policy.randomLogits(random));
    double[] scores = random.doubles(policy.size(), 1, 2).toArray();
    double expectedReturn = 0;
    double[] reach = new double[policy.stateCount()];
    double[] value = new double[policy.stateCount()];
    for (int y = 0; y < policy.size(); y++) {
      expectedReturn += probabilities[y] * scores[y];
      for (int state : policy.states().get(y)) {
        reach[state] += probabilities[y];
        value[state] += probabilities[y] * scores[y];
      }
    }
    double overVisits = 0;
    double visits = 0;
    for (int state = 0; state < reach.length; state++) {
      overVisits += value[state];
      visits += reach[state];
    }
    assertEquals(expectedReturn, value[0] / reach[0], 1e-15);
    assertTrue(Math.abs(overVisits / visits - expectedReturn) > 1e-3);
  }

  @Test
  @Proves(value = "bradterryrm_deriv", by = Proof.CLOSED_FORM)
  void theLogarithmBelongsInsideTheExpectation() {
    // an answer preferred 2 times of 3: likelihood gives P = 2/3, the mean probability runs away
    double likelihoodAtTruth = likelihood(Math.log(2));
    assertTrue(likelihoodAtTruth > likelihood(Math.log(2) + 0.01));
    assertTrue(likelihoodAtTruth > likelihood(Math.log(2) - 0.01));
    assertTrue(meanProbability(Math.log(2)) < meanProbability(1));
    assertTrue(meanProbability(1) < meanProbability(10));
  }

  private static double likelihood(double margin) {
    return (2 * LogSpace.logSigmoid(margin) + LogSpace.logSigmoid(-margin)) / 3;
  }

  private static double meanProbability(double margin) {
    return (2 * LogSpace.sigmoid(margin) + LogSpace.sigmoid(-margin)) / 3;
  }
}
