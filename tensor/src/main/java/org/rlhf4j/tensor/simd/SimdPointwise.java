package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import jdk.incubator.vector.FloatVector;
import org.rlhf4j.tensor.kernel.Pointwise;

/**
 * The hot lines of the table {@link Pointwise}, forward. A loop each: a function that one loop over
 * all of them would be given could not be inlined.
 */
final class SimdPointwise {
  private SimdPointwise() {}

  /** {@return whether there are vector loops for the function and its slope} */
  static boolean covers(Pointwise f) {
    return switch (f) {
      case EXPM1, EXP_REMAINDER, LOG1P, LOG1M_EXP -> false;
      default -> true;
    };
  }

  /** y[i] = f(x[i]). The last, incomplete vector runs through a padded copy. */
  static void run(Pointwise f, float[] x, float[] y, int from, int to) {
    int whole = from + F.loopBound(to - from);
    loop(f, x, y, from, whole);
    if (whole < to) {
      float[] in = new float[LANES];
      float[] out = new float[LANES];
      System.arraycopy(x, whole, in, 0, to - whole);
      loop(f, in, out, 0, LANES);
      System.arraycopy(out, 0, y, whole, to - whole);
    }
  }

  private static void loop(Pointwise f, float[] x, float[] y, int from, int to) {
    switch (f) {
      case NEG -> neg(x, y, from, to);
      case EXP -> exp(x, y, from, to);
      case LOG -> log(x, y, from, to);
      case SQUARE -> square(x, y, from, to);
      case SQRT -> sqrt(x, y, from, to);
      case RECIPROCAL -> reciprocal(x, y, from, to);
      case ABS -> abs(x, y, from, to);
      case RELU -> relu(x, y, from, to);
      case TANH -> tanh(x, y, from, to);
      case SIGMOID -> sigmoid(x, y, from, to);
      case LOG_SIGMOID -> logSigmoid(x, y, from, to);
      case SOFTPLUS -> softplus(x, y, from, to);
      case SILU -> silu(x, y, from, to);
      case GELU -> gelu(x, y, from, to);
      case EXPM1, EXP_REMAINDER, LOG1P, LOG1M_EXP ->
          throw new AssertionError(f + " has no vector loop");
    }
  }

  private static void neg(float[] in, float[] out, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      x.neg().intoArray(out, i);
    }
  }

  private static void exp(float[] in, float[] out, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      VectorMath.exp(x).intoArray(out, i);
    }
  }

  private static void log(float[] in, float[] out, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      VectorMath.log(x).intoArray(out, i);
    }
  }

  private static void square(float[] in, float[] out, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      x.mul(x).intoArray(out, i);
    }
  }

  private static void sqrt(float[] in, float[] out, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      x.sqrt().intoArray(out, i);
    }
  }

  private static void reciprocal(float[] in, float[] out, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      FloatVector.broadcast(F, 1f).div(x).intoArray(out, i);
    }
  }

  private static void abs(float[] in, float[] out, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      x.abs().intoArray(out, i);
    }
  }

  private static void relu(float[] in, float[] out, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      x.max(0f).intoArray(out, i);
    }
  }

  private static void tanh(float[] in, float[] out, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      VectorMath.tanh(x).intoArray(out, i);
    }
  }

  private static void sigmoid(float[] in, float[] out, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      VectorMath.sigmoid(x).intoArray(out, i);
    }
  }

  private static void logSigmoid(float[] in, float[] out, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      VectorMath.softplus(x.neg()).neg().intoArray(out, i);
    }
  }

  private static void softplus(float[] in, float[] out, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      VectorMath.softplus(x).intoArray(out, i);
    }
  }

  private static void silu(float[] in, float[] out, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      x.mul(VectorMath.sigmoid(x)).intoArray(out, i);
    }
  }

  private static void gelu(float[] in, float[] out, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      VectorMath.gelu(x).intoArray(out, i);
    }
  }
}
