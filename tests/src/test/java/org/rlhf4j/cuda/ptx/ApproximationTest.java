package org.rlhf4j.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/** Moved results stay inside of the documented bounds, and do move. */
class ApproximationTest {
  private static final int COUNT = 4096;

  private static void within(
      String instruction, DoubleUnaryOperator exact, DoubleBinaryOperator bound, float[] inputs) {
    int[] words = new int[COUNT];
    for (int i = 0; i < COUNT; i++) {
      words[i] = Float.floatToRawIntBits(inputs[i]);
    }
    Ptx ptx = Ptx.withOutput(COUNT).input(words);
    ptx.run(
        Dim.of(COUNT / 32),
        Dim.of(32),
        Options.checked().with(Approximation.MOVED),
        """
        mov.u32 %r0, %ctaid.x;
        mad.lo.u32 %r0, %r0, 32, %t;
        mad.wide.u32 %l0, %r0, 4, %in;
        ld.global.f32 %f0, [%l0];
        INSTRUCTION
        mad.wide.u32 %l0, %r0, 4, %out;
        st.global.f32 [%l0], %f1;
        """
            .replace("INSTRUCTION", instruction));
    int[] out = ptx.output();
    int moved = 0;
    for (int i = 0; i < COUNT; i++) {
      float value = Float.intBitsToFloat(out[i]);
      double expected = exact.applyAsDouble(inputs[i]);
      double error = Math.abs(value - expected);
      assertTrue(
          error <= bound.applyAsDouble(inputs[i], expected),
          instruction + " of " + inputs[i] + " is " + value + ", exactly " + expected);
      moved += value != (float) expected ? 1 : 0;
    }
    assertTrue(moved > COUNT / 4, instruction + " moved only " + moved);
  }

  private static float[] inputs(double low, double high) {
    Random random = new Random(1);
    float[] inputs = new float[COUNT];
    for (int i = 0; i < COUNT; i++) {
      inputs[i] = (float) (low + (high - low) * random.nextDouble());
    }
    return inputs;
  }

  @Test
  void everyInstructionKeepsItsBound() {
    // two units in the last place of the correctly rounded result, and its own rounding
    within(
        "ex2.approx.f32 %f1, %f0;",
        x -> Math.pow(2, x), (x, y) -> 2.51 * Math.ulp((float) y), inputs(-40, 40));
    within(
        "lg2.approx.f32 %f1, %f0;",
        x -> Math.log(x) / Math.log(2), (x, y) -> 0x1p-22, inputs(0.51, 1.99));
    within(
        "lg2.approx.f32 %f1, %f0;",
        x -> Math.log(x) / Math.log(2), (x, y) -> 0x1p-22 * Math.abs(y), inputs(2.01, 1e6));
    within(
        "rsqrt.approx.f32 %f1, %f0;",
        x -> 1 / Math.sqrt(x), (x, y) -> Math.pow(2, -22.9) * y, inputs(1e-3, 1e3));
    within(
        "sin.approx.f32 %f1, %f0;", Math::sin, (x, y) -> Math.pow(2, -20.5), inputs(-6.28, 6.28));
    within(
        "tanh.approx.f32 %f1, %f0;",
        Math::tanh, (x, y) -> Math.pow(2, -11) * Math.abs(y), inputs(-3, 3));
    within(
        "rcp.approx.f32 %f1, %f0;",
        x -> 1 / x, (x, y) -> 1.51 * Math.ulp((float) y), inputs(0.1, 10));
    within(
        "div.full.f32 %f1, 0f3F800000, %f0;",
        x -> 1 / x, (x, y) -> 2.51 * Math.ulp((float) y), inputs(0.1, 10));
  }

  @Test
  void exactExponentialIsCorrectlyRounded() {
    Random random = new Random(2);
    for (int i = 0; i < 200_000; i++) {
      float x = (float) (random.nextDouble() * 280 - 140);
      // StrictMath.pow has less than one unit of a double, so a tie of floats is never missed by it
      assertEquals((float) StrictMath.pow(2, x), FloatSteps.ex2(x), "2^" + x);
    }
  }
}
