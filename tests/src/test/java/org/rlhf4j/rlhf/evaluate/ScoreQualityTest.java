package org.rlhf4j.rlhf.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.apache.commons.math3.stat.correlation.PearsonsCorrelation;
import org.junit.jupiter.api.Test;
import org.rlhf4j.tensor.RandomKey;

class ScoreQualityTest {
  @Test
  void correlationIsCommonsMaths() {
    RandomGenerator random = new RandomKey(1).generator();
    double[] x = random.doubles(50).toArray();
    double[] y = Arrays.stream(x).map(v -> 3 - 2 * v + 0.3 * random.nextGaussian()).toArray();
    double expected = new PearsonsCorrelation().correlation(x, y);
    assertEquals(expected, Correlation.pearson(x, y), 1e-12);
  }

  @Test
  void linesCorrelateFullyAndConstantsAreRefused() {
    double[] x = {1, 2, 4};
    assertEquals(1, Correlation.pearson(x, new double[] {5, 7, 11}), 1e-15);
    assertEquals(-1, Correlation.pearson(x, new double[] {-1, -2, -4}), 1e-15);
    assertThrows(
        IllegalArgumentException.class, () -> Correlation.pearson(x, new double[] {3, 3, 3}));
  }

  /** Bins of a half: 0.2 and 0.4 against 1 of 2, 0.9 and 1 against 2 of 2. */
  @Test
  void calibrationErrorWeighsTheGapsOfItsBins() {
    double[] probabilities = {0.2, 0.9, 0.4, 1};
    boolean[] happened = {false, true, true, true};
    assertEquals(
        0.5 * (0.5 - 0.3) + 0.5 * (1 - 0.95),
        Calibration.expectedError(probabilities, happened, 2),
        1e-15);
    assertThrows(
        IllegalArgumentException.class,
        () -> Calibration.expectedError(new double[] {1.1}, new boolean[] {true}, 2));
  }
}
