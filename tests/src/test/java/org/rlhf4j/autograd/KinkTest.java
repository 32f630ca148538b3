package org.rlhf4j.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Scratch.Derivative;
import org.rlhf4j.tensor.Shape;

/** The conventions where a derivative does not exist. */
class KinkTest {
  private final Scratch scratch = new Scratch();

  @AfterEach
  void close() {
    scratch.close();
  }

  @Test
  void reluAndAbsAreFlatAtZero() {
    for (double zero : new double[] {0.0, -0.0}) {
      assertEquals(0, scratch.differentiate(zero, Variable::relu).gradient()[0]);
      assertEquals(0, scratch.differentiate(zero, Variable::abs).gradient()[0]);
    }
  }

  @Test
  void aTieOfMaxOrMinGoesToTheLeft() {
    Parameter left = scratch.parameter(Shape.of(3), 1, 2, 3);
    Parameter right = scratch.parameter(Shape.of(3), 1, 5, 0);
    try (Tape tape = Tape.recording(scratch.pool)) {
      tape.backward(tape.use(left).max(tape.use(right)).sum());
    }
    assertArrayEquals(new double[] {1, 0, 1}, left.gradient().toDoubles());
    assertArrayEquals(new double[] {0, 1, 0}, right.gradient().toDoubles());
    left.zeroGradient();
    right.zeroGradient();
    try (Tape tape = Tape.recording(scratch.pool)) {
      tape.backward(tape.use(left).min(tape.use(right)).sum());
    }
    assertArrayEquals(new double[] {1, 1, 0}, left.gradient().toDoubles());
    assertArrayEquals(new double[] {0, 0, 1}, right.gradient().toDoubles());
  }

  @Test
  void aTieWithANumberGoesToTheVariable() {
    assertEquals(1, scratch.differentiate(2, x -> x.max(2)).gradient()[0]);
    assertEquals(1, scratch.differentiate(2, x -> x.min(2)).gradient()[0]);
  }

  @Test
  void aVariableTiedWithItselfCountsOnce() {
    assertEquals(1, scratch.differentiate(2, x -> x.max(x)).gradient()[0]);
    assertEquals(1, scratch.differentiate(2, x -> x.min(x)).gradient()[0]);
  }

  @Test
  void clampPassesTheGradientAtItsBoundsAndNotOutside() {
    double[] points = {-1.5, -1, 0, 1, 1.5};
    Derivative clamped = scratch.differentiate(Shape.of(5), points, x -> x.clamp(-1, 1));
    assertArrayEquals(new double[] {-1, -1, 0, 1, 1}, clamped.value());
    assertArrayEquals(new double[] {0, 1, 1, 1, 0}, clamped.gradient());
  }

  /** The surrogate of PPO at ratio 1, where both sides tie: the gradient is the advantage, once. */
  @Test
  void theClippedSurrogateAtRatioOneHasTheFullGradient() {
    for (double advantage : new double[] {2, -2}) {
      Derivative surrogate =
          scratch.differentiate(
              1, ratio -> ratio.mul(advantage).min(ratio.clamp(0.8, 1.2).mul(advantage)));
      assertEquals(advantage, surrogate.gradient()[0]);
    }
  }

  @Test
  void polesAreInfiniteAndNotNan() {
    assertEquals(Double.NEGATIVE_INFINITY, scratch.differentiate(0, Variable::log).value()[0]);
    assertEquals(Double.POSITIVE_INFINITY, scratch.differentiate(0, Variable::log).gradient()[0]);
    assertEquals(Double.POSITIVE_INFINITY, scratch.differentiate(0, Variable::sqrt).gradient()[0]);
    assertEquals(Double.NEGATIVE_INFINITY, scratch.differentiate(0, Variable::log1mExp).value()[0]);
    assertTrue(Double.isInfinite(scratch.differentiate(0, Variable::log1mExp).gradient()[0]));
  }
}
