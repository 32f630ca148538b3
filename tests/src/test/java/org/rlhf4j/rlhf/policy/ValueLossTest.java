package org.rlhf4j.rlhf.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Differentiated;
import org.rlhf4j.rlhf.Differentiated.Input;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;

class ValueLossTest {
  private static final boolean[][] MASK = {{true, true, true, false}};

  private static Differentiated loss(
      ValueLoss loss,
      double[][] values,
      double[][] old,
      double[][] returns,
      Map<String, Double> metrics) {
    return Differentiated.of(
        in -> {
          LossOutput output = loss.apply(in.get(0), old, returns, MASK, Totals.of(MASK));
          metrics.putAll(output.metrics());
          return output.loss();
        },
        Input.of(values));
  }

  @Test
  @Proves(value = "value_function", by = Proof.CLOSED_FORM)
  void clippedByHand() {
    // towards the return beyond the range (clipped, flat); away from it (not clipped); inside
    double[][] values = {{1, -1, 0.1, Double.NaN}};
    double[][] old = {{0, 0, 0, 9}};
    double[][] returns = {{2, 2, 2, Double.NaN}};
    Map<String, Double> metrics = new HashMap<>();
    Differentiated result = loss(new ValueLoss(0.2), values, old, returns, metrics);
    assertEquals(0.5 * (1.8 * 1.8 + 9 + 1.9 * 1.9) / 3, result.value(), 1e-14);
    assertArrayEquals(new double[] {0, -1, -1.9 / 3, 0}, result.gradients()[0], 1e-14);
    assertEquals(2 / 3.0, metrics.getOrDefault("value/clip_fraction", Double.NaN), 1e-15);
    assertEquals(result.value(), metrics.getOrDefault("value/loss", Double.NaN));
  }

  @Test
  void unclippedIsHalfTheMeanSquare() {
    double[][] values = {{1, -1, 0.1, Double.NaN}};
    double[][] returns = {{2, 2, 2, Double.NaN}};
    Differentiated result =
        loss(ValueLoss.unclipped(), values, new double[1][4], returns, new HashMap<>());
    assertEquals(0.5 * (1 + 9 + 1.9 * 1.9) / 3, result.value(), 1e-14);
    assertArrayEquals(new double[] {-1 / 3.0, -1, -1.9 / 3, 0}, result.gradients()[0], 1e-14);
  }

  @Test
  @Proves(value = "value_function", by = Proof.ENUMERATION)
  void theMinimiserIsTheExpectedReturn() {
    // returns 0, 1, 5 seen with equal frequency from one state: the gradient vanishes at their mean
    double[][] values = {{2, 2, 2, 0}};
    double[][] returns = {{0, 1, 5, 0}};
    Differentiated result = loss(ValueLoss.unclipped(), values, values, returns, new HashMap<>());
    double[] gradient = result.gradients()[0];
    assertEquals(0, gradient[0] + gradient[1] + gradient[2], 1e-15);
  }

  @Test
  void nonsenseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new ValueLoss(0));
    assertThrows(IllegalArgumentException.class, () -> new ValueLoss(Double.NaN));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            loss(
                ValueLoss.unclipped(),
                new double[1][3],
                new double[1][4],
                new double[1][4],
                new HashMap<>()));
  }
}
