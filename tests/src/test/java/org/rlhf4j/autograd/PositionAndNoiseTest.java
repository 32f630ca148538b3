package org.rlhf4j.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.apache.commons.math3.complex.Complex;
import org.apache.commons.math3.complex.ComplexUtils;
import org.apache.commons.math3.stat.inference.AlternativeHypothesis;
import org.apache.commons.math3.stat.inference.BinomialTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rlhf4j.autograd.op.Dropout;
import org.rlhf4j.autograd.op.Rotary;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.kernel.Positions;
import org.rlhf4j.tensor.kernel.RotaryLayout;

/** What is put into activations: rotations by position, and dropout. */
class PositionAndNoiseTest {
  private static final Shape HEADS = Shape.of(2, 3, 1, 4);

  private final Scratch scratch = new Scratch();

  @AfterEach
  void close() {
    scratch.close();
  }

  private double[] rotate(double[] x, Shape shape, Positions positions, RotaryLayout layout) {
    return scratch.differentiate(shape, x, v -> Rotary.of(v, positions, 100, layout)).value();
  }

  /** A pair is a complex number and the rotation a product with e^(i p base^(-2 pair / dim)). */
  @ParameterizedTest
  @EnumSource
  void aRotationIsAComplexProduct(RotaryLayout layout) {
    double[] x = new RandomKey(5).generator().doubles(HEADS.size(), -1, 1).toArray();
    Positions positions = new Positions(new int[] {0, 2}, 1);
    double[] y = rotate(x, HEADS, positions, layout);
    int[][] pairs =
        layout == RotaryLayout.INTERLEAVED
            ? new int[][] {{0, 1}, {2, 3}}
            : new int[][] {{0, 2}, {1, 3}};
    int[][] expectedPositions = {{1, 2, 3}, {0, 0, 1}}; // row 1 starts at column 2, first is 1
    for (int b = 0; b < 2; b++) {
      for (int t = 0; t < 3; t++) {
        for (int pair = 0; pair < 2; pair++) {
          double angle = expectedPositions[b][t] / (pair == 0 ? 1.0 : 10.0);
          int row = (b * 3 + t) * 4;
          int real = row + pairs[pair][0];
          int imaginary = row + pairs[pair][1];
          Complex turned =
              new Complex(x[real], x[imaginary]).multiply(ComplexUtils.polar2Complex(1, angle));
          assertEquals(turned.getReal(), y[real], 1e-15);
          assertEquals(turned.getImaginary(), y[imaginary], 1e-15);
        }
      }
    }
  }

  /** The point of it: a query at p against a key at s scores by p - s alone. */
  @ParameterizedTest
  @EnumSource
  void scoresDependOnTheDistanceOnly(RotaryLayout layout) {
    double[] q = {0.3, -1, 2, 0.7};
    double[] k = {1.1, 0.2, -0.5, 0.9};
    Shape one = Shape.of(1, 1, 1, 4);
    double near = Double.NaN;
    for (int start = 0; start < 50; start += 7) {
      Positions query = new Positions(new int[1], start + 3);
      Positions key = new Positions(new int[1], start);
      double[] turnedQ = rotate(q, one, query, layout);
      double[] turnedK = rotate(k, one, key, layout);
      double score = 0;
      for (int d = 0; d < 4; d++) {
        score += turnedQ[d] * turnedK[d];
      }
      if (start > 0) {
        assertEquals(near, score, 1e-13);
      }
      near = score;
    }
  }

  private double[] drop(RandomKey key, double rate, int size) {
    double[] ones = new double[size];
    Arrays.fill(ones, 1);
    return scratch.differentiate(Shape.of(size), ones, x -> Dropout.of(x, key, rate)).value();
  }

  @Test
  void dropoutKeepsItsShareAndScalesIt() {
    double[] kept = drop(new RandomKey(11), 0.3, 20_000);
    int zeros = 0;
    for (double value : kept) {
      zeros += value == 0 ? 1 : 0;
      assertEquals(value == 0 ? 0 : 1 / 0.7, value);
    }
    double p =
        new BinomialTest().binomialTest(kept.length, zeros, 0.3, AlternativeHypothesis.TWO_SIDED);
    assertTrue(p > 0.001, zeros + " of " + kept.length + " dropped");
  }

  @Test
  void dropoutDependsOnTheKeyAndTheElementOnly() {
    RandomKey key = new RandomKey(11);
    double[] mask = drop(key, 0.3, 100);
    assertArrayEquals(mask, drop(key, 0.3, 100));
    assertArrayEquals(Arrays.copyOf(mask, 37), drop(key, 0.3, 37));
    assertNotEquals(Arrays.toString(mask), Arrays.toString(drop(key.child(0), 0.3, 100)));
    assertArrayEquals(new double[] {1, 1, 1}, drop(key, 0, 3));
  }

  /** Forward and backward must draw one mask: the gradient of the sum is the mask itself. */
  @Test
  void dropoutsGradientHasItsMask() {
    double[] ones = new double[64];
    Arrays.fill(ones, 1);
    Scratch.Derivative dropped =
        scratch.differentiate(Shape.of(64), ones, x -> Dropout.of(x, new RandomKey(2), 0.5));
    assertArrayEquals(dropped.value(), dropped.gradient());
  }
}
