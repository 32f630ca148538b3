package org.rlhf4j.tensor.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The documented errors of the elementary functions, against Math in double precision. */
class VectorMathTest {
  /** A function, the range, and the relative error that its documentation promises there. */
  record Promise(
      String name,
      UnaryOperator<FloatVector> vector,
      DoubleUnaryOperator exact,
      double low,
      double high,
      double error) {
    @Override
    public String toString() {
      return name + " in [" + low + ", " + high + "]";
    }
  }

  static Stream<Promise> promises() {
    return Stream.of(
        new Promise("exp", VectorMath::exp, Math::exp, -87.33, 88.72, 1.3e-7),
        new Promise("log", VectorMath::log, Math::log, 1e-37, 0.5, 1.2e-7),
        new Promise("log", VectorMath::log, Math::log, 2, 1e38, 1.2e-7),
        new Promise("sigmoid", VectorMath::sigmoid, x -> 1 / (1 + Math.exp(-x)), -87, 87, 3e-7),
        new Promise(
            "softplus",
            VectorMath::softplus,
            x -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
            -87,
            87,
            3e-7),
        new Promise("tanh", VectorMath::tanh, Math::tanh, -20, 20, 3e-7),
        new Promise("tanh", VectorMath::tanh, Math::tanh, -1e-3, 1e-3, 3e-7));
  }

  @ParameterizedTest
  @MethodSource("promises")
  void staysWithinItsError(Promise promise) {
    int steps = 200_000;
    double worst = 0;
    float at = 0;
    float[] in = new float[LANES];
    float[] out = new float[LANES];
    for (int first = 0; first < steps; first += LANES) {
      for (int i = 0; i < LANES; i++) {
        in[i] = (float) point(promise, (first + i) / (double) steps);
      }
      promise.vector().apply(FloatVector.fromArray(F, in, 0)).intoArray(out, 0);
      for (int i = 0; i < LANES; i++) {
        double exact = promise.exact().applyAsDouble(in[i]);
        double error = exact == 0 ? Math.abs(out[i]) : Math.abs(out[i] - exact) / Math.abs(exact);
        if (error > worst) {
          worst = error;
          at = in[i];
        }
      }
    }
    assertTrue(worst <= promise.error(), "relative error %.3g at %s".formatted(worst, at));
    assertTrue(worst > 1e-9, "an error of " + worst + " is too good: nothing was compared");
  }

  /** Evenly spaced, or by powers where the range spans many. */
  private static double point(Promise promise, double t) {
    if (promise.low() > 0 && promise.high() / promise.low() > 1e6) {
      return promise.low() * Math.pow(promise.high() / promise.low(), t);
    }
    return promise.low() + (promise.high() - promise.low()) * t;
  }

  @Test
  void logNearOneIsRightAbsolutely() {
    for (float x = 0.5f; x < 2; x += 1e-4f) {
      assertEquals(Math.log(x), apply(VectorMath::log, x), 1e-7, "log of " + x);
    }
  }

  @Test
  void oddValues() {
    float infinity = Float.POSITIVE_INFINITY;
    assertEquals(0f, apply(VectorMath::exp, -infinity));
    assertEquals(0f, apply(VectorMath::exp, -200));
    assertEquals(infinity, apply(VectorMath::exp, 88.72284f));
    assertEquals(3.4027985e38f, apply(VectorMath::exp, 88.72283f), 1e32f);
    assertEquals(infinity, apply(VectorMath::exp, infinity));
    assertEquals(-infinity, apply(VectorMath::log, 0));
    assertEquals(infinity, apply(VectorMath::log, infinity));
    assertTrue(Float.isNaN(apply(VectorMath::log, -1)));
    assertEquals(Math.log(1e-42f), apply(VectorMath::log, 1e-42f), 1e-4);
    assertEquals(1f, apply(VectorMath::tanh, infinity));
    assertEquals(-1f, apply(VectorMath::tanh, -100));
    assertEquals(0f, apply(VectorMath::sigmoid, -infinity));
    assertEquals(1f, apply(VectorMath::sigmoid, infinity));
    assertEquals(infinity, apply(VectorMath::softplus, infinity));
    assertEquals(0f, apply(VectorMath::softplus, -infinity));
    promises()
        .forEach(p -> assertTrue(Float.isNaN(apply(p.vector(), Float.NaN)), p.name() + " of NaN"));
  }

  private static float apply(UnaryOperator<FloatVector> function, float x) {
    return function.apply(FloatVector.broadcast(F, x)).lane(LANES - 1);
  }
}
