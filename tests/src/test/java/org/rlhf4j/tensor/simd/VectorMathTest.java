package org.rlhf4j.tensor.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

/** The ends of the elementary functions; {@link ExactnessTest} has what lies between. */
class VectorMathTest {
  @Test
  void oddValues() {
    float infinity = Float.POSITIVE_INFINITY;
    assertEquals(0f, apply(VectorMath::exp, -infinity));
    assertEquals(0f, apply(VectorMath::exp, -200));
    assertEquals(infinity, apply(VectorMath::exp, 88.72284f));
    assertEquals(3.4027985e38f, apply(VectorMath::exp, 88.72283f), 1e32f);
    assertEquals(infinity, apply(VectorMath::exp, infinity));
    assertEquals(1f, apply(VectorMath::exp, 0));
    assertEquals(-infinity, apply(VectorMath::log, 0));
    assertEquals(0f, apply(VectorMath::log, 1));
    assertEquals(infinity, apply(VectorMath::log, infinity));
    assertTrue(Float.isNaN(apply(VectorMath::log, -1)));
    assertEquals(Math.log(1e-42f), apply(VectorMath::log, 1e-42f), 1e-4);
    assertEquals(1f, apply(VectorMath::tanh, infinity));
    assertEquals(-1f, apply(VectorMath::tanh, -100));
    assertEquals(0f, apply(VectorMath::sigmoid, -infinity));
    assertEquals(1f, apply(VectorMath::sigmoid, infinity));
    assertEquals(infinity, apply(VectorMath::softplus, infinity));
    assertEquals(0f, apply(VectorMath::softplus, -infinity));
  }

  @Test
  void nanStaysNan() {
    Stream.<UnaryOperator<FloatVector>>of(
            VectorMath::exp,
            VectorMath::log,
            VectorMath::tanh,
            VectorMath::sigmoid,
            VectorMath::softplus)
        .forEach(function -> assertTrue(Float.isNaN(apply(function, Float.NaN))));
  }

  private static float apply(UnaryOperator<FloatVector> function, float x) {
    return function.apply(FloatVector.broadcast(F, x)).lane(LANES - 1);
  }
}
