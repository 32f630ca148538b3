package org.rlhf4j.rlhf.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class EvaluationTest {
  /** Differences 1, 2, 3: mean 2, standard error 1 / sqrt(3). */
  @Test
  void theGainIsTheMeanDifferenceWithItsNormalInterval() {
    var gain = Evaluation.gain(new double[] {2, 4, 6}, new double[] {1, 2, 3});
    assertEquals(2 - 1.959963984540054 / Math.sqrt(3), gain.low(), 1e-12);
    assertEquals(2 + 1.959963984540054 / Math.sqrt(3), gain.high(), 1e-12);
  }
}
