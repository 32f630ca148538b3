package org.rlhf4j.rlhf.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.rlhf4j.autograd.Parameter;

/**
 * What a first training step left behind, to compare devices by.
 *
 * @param metrics of the step
 * @param parameters after it
 */
public record StepOutcome(Map<String, Double> metrics, List<double[]> parameters) {
  public static StepOutcome of(Map<String, Double> metrics, List<Parameter> trained) {
    return new StepOutcome(
        Map.copyOf(metrics), trained.stream().map(p -> p.value().toDoubles()).toList());
  }

  /**
   * Fails unless the other is this but for single precision. AdamW's first step has the size of the
   * learning rate wherever the gradient is not zero, so a gradient lost in rounding may differ by
   * some of it; one entry in a thousand may.
   */
  public void assertAgrees(StepOutcome other, double learningRate) {
    assertFalse(metrics.isEmpty());
    assertEquals(metrics.keySet(), other.metrics.keySet());
    metrics.forEach((name, value) ->
        assertEquals(value, other.metrics.get(name), 1e-5 * Math.max(1, Math.abs(value)), name));
    assertTrue(metrics.get("learning_rate") > 0, "the step must be one");
    assertTrue(metrics.get("grad_norm") > 0, "the step must lead somewhere");
    assertEquals(parameters.size(), other.parameters.size());
    for (int i = 0; i < parameters.size(); i++) {
      double[] here = parameters.get(i);
      double[] there = other.parameters.get(i);
      assertArrayEquals(here, there, learningRate / 20, "parameter " + i);
      long apart =
          IntStream.range(0, here.length).filter(j -> Math.abs(here[j] - there[j]) > 1e-6).count();
      assertTrue(apart <= here.length / 1000, "parameter " + i + " differs in " + apart);
    }
  }
}
