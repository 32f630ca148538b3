package org.rlhf4j.rlhf.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.rlhf4j.rlhf.evaluate.OverOptimization.Method.BEST_OF_N;
import static org.rlhf4j.rlhf.evaluate.OverOptimization.Method.REINFORCEMENT_LEARNING;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.apache.commons.math3.stat.regression.OLSMultipleLinearRegression;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.evaluate.OverOptimization.Method;

class OverOptimizationTest {
  @Property
  void peaksInClosedForm(
      @ForAll @DoubleRange(min = 0.1, max = 2) double a,
      @ForAll @DoubleRange(min = 0.2, max = 2) double b) {
    OverOptimization sampling = new OverOptimization(BEST_OF_N, a, b);
    assertEquals(a / (2 * b), sampling.peak(), 1e-12);
    assertEquals(a * a / (4 * b), sampling.reward(sampling.peak()), 1e-12);
    OverOptimization learning = new OverOptimization(REINFORCEMENT_LEARNING, a, b);
    double peak = learning.peak();
    assertEquals(Math.exp(a / b - 1), peak, 1e-9 * peak);
    assertEquals(b * peak, learning.reward(peak), 1e-9 * peak);
    for (OverOptimization curve : new OverOptimization[] {sampling, learning}) {
      assertTrue(curve.reward(curve.peak() * 0.9) < curve.reward(curve.peak()));
      assertTrue(curve.reward(curve.peak() * 1.1) < curve.reward(curve.peak()));
      assertEquals(0, curve.reward(0));
    }
  }

  @Property(tries = 50)
  void theFitIsLeastSquares(@ForAll long seed) {
    Random random = new Random(seed);
    double[] distances = random.doubles(12, 0.1, 6).toArray();
    double[] rewards = random.doubles(12, -1, 1).toArray();
    for (Method method : Method.values()) {
      OverOptimization fit = OverOptimization.fit(method, distances, rewards);
      double[][] features = new double[12][];
      for (int i = 0; i < 12; i++) {
        double d = distances[i];
        features[i] = new double[] {d, method == BEST_OF_N ? -d * d : -d * Math.log(d)};
      }
      OLSMultipleLinearRegression regression = new OLSMultipleLinearRegression();
      regression.setNoIntercept(true);
      regression.newSampleData(rewards, features);
      double[] expected = regression.estimateRegressionParameters();
      assertEquals(expected[0], fit.a(), 1e-8);
      assertEquals(expected[1], fit.b(), 1e-8);
    }
  }

  @Test
  void anExactCurveIsRecovered() {
    for (Method method : Method.values()) {
      OverOptimization truth = new OverOptimization(method, 1.3, 0.4);
      double[] distances = {0, 0.5, 1, 2, 4};
      double[] rewards = new double[5];
      for (int i = 0; i < 5; i++) {
        rewards[i] = truth.reward(distances[i]);
      }
      OverOptimization fit = OverOptimization.fit(method, distances, rewards);
      assertEquals(1.3, fit.a(), 1e-12);
      assertEquals(0.4, fit.b(), 1e-12);
    }
  }

  @Test
  void nonsenseIsRefused() {
    OverOptimization rising = new OverOptimization(BEST_OF_N, 1, 0);
    assertThrows(IllegalStateException.class, rising::peak);
    assertThrows(IllegalArgumentException.class, () -> rising.reward(-1));
    assertEquals(0, new OverOptimization(BEST_OF_N, -1, 1).peak());
    double[] one = {1};
    assertThrows(IllegalArgumentException.class, () -> OverOptimization.fit(BEST_OF_N, one, one));
    assertThrows(
        IllegalArgumentException.class, () -> OverOptimization.fit(BEST_OF_N, one, new double[2]));
    assertThrows(
        IllegalArgumentException.class,
        () -> OverOptimization.fit(BEST_OF_N, new double[] {-1, 1}, new double[2]));
  }
}
