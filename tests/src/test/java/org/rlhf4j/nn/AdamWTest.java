package org.rlhf4j.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Workspace;

class AdamWTest {
  private static final AdamW.Config PLAIN = new AdamW.Config(0.9, 0.99, 1e-8, 0);

  private static Parameter parameter(Workspace workspace, Shape shape, double... values) {
    return Parameter.of("p" + shape, workspace.of(shape, values), workspace);
  }

  private static void step(
      AdamW optimizer, double rate, double maxNorm, Workspace workspace, Parameter... parameters) {
    optimizer.step(rate, new GradientNorm(List.of(parameters), maxNorm, workspace));
  }

  @Test
  void theFirstStepIsTheRateAgainstTheSignOfTheGradient() throws Exception {
    On.reference(workspace -> {
      Parameter p = parameter(workspace, Shape.of(4), 1, 1, 1, 1);
      AdamW optimizer = new AdamW(PLAIN, List.of(p), workspace);
      p.gradient().set(3, -0.002, 40, 0);
      step(optimizer, 0.1, 1e9, workspace, p);
      // m / (1 - beta1) = g and v / (1 - beta2) = g^2, so the direction is g / (|g| + epsilon)
      double small = 0.002 / (0.002 + 1e-8);
      assertArrayEquals(new double[] {0.9, 1 + 0.1 * small, 0.9, 1}, p.value().toDoubles(), 1e-9);
      assertArrayEquals(new double[4], p.gradient().toDoubles(), 0);
      assertEquals(1, optimizer.steps());
    });
  }

  @Test
  void aConstantGradientMovesByTheRateEveryStep() throws Exception {
    On.reference(workspace -> {
      Parameter p = parameter(workspace, Shape.of(1), 0);
      AdamW optimizer = new AdamW(new AdamW.Config(0.9, 0.99, 1e-300, 0), List.of(p), workspace);
      for (int t = 1; t <= 20; t++) {
        p.gradient().set(0.3);
        step(optimizer, 0.01, 1e9, workspace, p);
        assertEquals(-0.01 * t, p.value().item(), 1e-14);
      }
    });
  }

  @Test
  void theSecondStepByHand() throws Exception {
    On.reference(workspace -> {
      Parameter p = parameter(workspace, Shape.of(1), 0);
      AdamW optimizer = new AdamW(new AdamW.Config(0.5, 0.75, 0.1, 0), List.of(p), workspace);
      p.gradient().set(1.0);
      step(optimizer, 1, 1e9, workspace, p);
      double first = -1 / 1.1; // m 1/2, v 1/4; both corrected to 1
      assertEquals(first, p.value().item(), 1e-15);
      p.gradient().set(-2.0);
      step(optimizer, 1, 1e9, workspace, p);
      // m = 1/4 - 1 = -3/4, over 1 - 1/4: -1; v = 3/16 + 1 = 19/16, over 1 - 9/16: 19/7
      assertEquals(first + 1 / (Math.sqrt(19.0 / 7) + 0.1), p.value().item(), 1e-15);
    });
  }

  @Test
  void decayIsDecoupledAndSparesVectors() throws Exception {
    On.reference(workspace -> {
      AdamW.Config config = new AdamW.Config(0.9, 0.99, 1e-8, 0.1);
      Parameter matrix = parameter(workspace, Shape.of(1, 2), 5, -4);
      Parameter vector = parameter(workspace, Shape.of(2), 5, -4);
      AdamW optimizer = new AdamW(config, List.of(matrix, vector), workspace);
      step(optimizer, 0.5, 1e9, workspace, matrix, vector); // gradients are 0
      assertArrayEquals(new double[] {5 * 0.95, -4 * 0.95}, matrix.value().toDoubles(), 1e-15);
      assertArrayEquals(new double[] {5, -4}, vector.value().toDoubles(), 0);
    });
  }

  @Test
  void clippingScalesAllGradientsByOneFactor() throws Exception {
    On.reference(workspace -> {
      Parameter a = parameter(workspace, Shape.of(1), 0);
      Parameter b = parameter(workspace, Shape.of(1, 1), 0);
      a.gradient().set(3);
      b.gradient().set(-4);
      GradientNorm norm = new GradientNorm(List.of(a, b), 2, workspace);
      assertEquals(5, norm.value(), 1e-15);
      assertEquals(0.4, norm.factor().item(), 1e-15);
      assertEquals(1, new GradientNorm(List.of(a, b), 5, workspace).factor().item(), 0);
      AdamW optimizer = new AdamW(PLAIN, List.of(a, b), workspace);
      optimizer.step(1, norm);
      assertEquals(0.1 * 1.2, moment(optimizer, a), 1e-15);
      assertEquals(0.1 * -1.6, moment(optimizer, b), 1e-15);
    });
  }

  private static double moment(AdamW optimizer, Parameter parameter) {
    return optimizer.firstMoments().entrySet().stream()
        .filter(e -> e.getKey().equals(parameter.name()))
        .findFirst()
        .orElseThrow()
        .getValue()
        .item();
  }

  @Test
  void refusesTwoParametersOfOneName() throws Exception {
    On.reference(workspace -> {
      Parameter p = parameter(workspace, Shape.of(1), 0);
      assertThrows(
          IllegalArgumentException.class, () -> new AdamW(PLAIN, List.of(p, p), workspace));
    });
  }

  @Test
  void refusesConstantsThatMeanNothing() {
    assertThrows(IllegalArgumentException.class, () -> new AdamW.Config(1, 0.9, 1e-8, 0));
    assertThrows(IllegalArgumentException.class, () -> new AdamW.Config(0.9, -0.1, 1e-8, 0));
    assertThrows(IllegalArgumentException.class, () -> new AdamW.Config(0.9, 0.9, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new AdamW.Config(0.9, 0.9, 1e-8, -1));
    assertThrows(IllegalArgumentException.class, () -> new AdamW.Config(Double.NaN, 0.9, 1e-8, 0));
  }
}
