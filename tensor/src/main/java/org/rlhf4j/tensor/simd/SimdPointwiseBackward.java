package org.rlhf4j.tensor.simd;

import static jdk.incubator.vector.VectorOperators.FMA;
import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.rlhf4j.tensor.kernel.Pointwise;

/** The hot lines of the table {@link Pointwise}, backward; see {@link SimdPointwise}. */
final class SimdPointwiseBackward {
  private SimdPointwiseBackward() {}

  /** dx[i] += dy[i] f'(x[i]), where y = f(x). */
  static void run(Pointwise f, float[] x, float[] y, float[] dy, float[] dx, int from, int to) {
    int whole = from + F.loopBound(to - from);
    loop(f, x, y, dy, dx, from, whole);
    if (whole < to) {
      int rest = to - whole;
      float[] lastX = padded(x, whole, rest);
      float[] lastY = padded(y, whole, rest);
      float[] lastDy = padded(dy, whole, rest);
      float[] lastDx = padded(dx, whole, rest);
      loop(f, lastX, lastY, lastDy, lastDx, 0, LANES);
      System.arraycopy(lastDx, 0, dx, whole, rest);
    }
  }

  private static float[] padded(float[] x, int first, int count) {
    float[] copy = new float[LANES];
    System.arraycopy(x, first, copy, 0, count);
    return copy;
  }

  private static void loop(
      Pointwise f, float[] x, float[] y, float[] dy, float[] dx, int from, int to) {
    switch (f) {
      case NEG -> neg(dy, dx, from, to);
      case EXP -> exp(y, dy, dx, from, to);
      case LOG -> log(x, dy, dx, from, to);
      case SQUARE -> square(x, dy, dx, from, to);
      case SQRT -> sqrt(y, dy, dx, from, to);
      case RECIPROCAL -> reciprocal(y, dy, dx, from, to);
      case ABS -> abs(x, dy, dx, from, to);
      case RELU -> relu(x, dy, dx, from, to);
      case TANH -> tanh(x, dy, dx, from, to);
      case SIGMOID -> sigmoid(x, dy, dx, from, to);
      case LOG_SIGMOID -> logSigmoid(x, dy, dx, from, to);
      case SOFTPLUS -> softplus(x, dy, dx, from, to);
      case SILU -> silu(x, dy, dx, from, to);
      case GELU -> gelu(x, dy, dx, from, to);
      case EXPM1, EXP_REMAINDER, LOG1P, LOG1M_EXP ->
          throw new AssertionError(f + " has no vector loop");
    }
  }

  private static void neg(float[] dy, float[] dx, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector slope = FloatVector.broadcast(F, -1f);
      FloatVector old = FloatVector.fromArray(F, dx, i);
      slope.lanewise(FMA, FloatVector.fromArray(F, dy, i), old).intoArray(dx, i);
    }
  }

  private static void exp(float[] out, float[] dy, float[] dx, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector slope = FloatVector.fromArray(F, out, i);
      FloatVector old = FloatVector.fromArray(F, dx, i);
      slope.lanewise(FMA, FloatVector.fromArray(F, dy, i), old).intoArray(dx, i);
    }
  }

  private static void log(float[] in, float[] dy, float[] dx, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      FloatVector slope = FloatVector.broadcast(F, 1f).div(x);
      FloatVector old = FloatVector.fromArray(F, dx, i);
      slope.lanewise(FMA, FloatVector.fromArray(F, dy, i), old).intoArray(dx, i);
    }
  }

  private static void square(float[] in, float[] dy, float[] dx, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      FloatVector slope = x.add(x);
      FloatVector old = FloatVector.fromArray(F, dx, i);
      slope.lanewise(FMA, FloatVector.fromArray(F, dy, i), old).intoArray(dx, i);
    }
  }

  private static void sqrt(float[] out, float[] dy, float[] dx, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector y = FloatVector.fromArray(F, out, i);
      FloatVector slope = FloatVector.broadcast(F, 0.5f).div(y);
      FloatVector old = FloatVector.fromArray(F, dx, i);
      slope.lanewise(FMA, FloatVector.fromArray(F, dy, i), old).intoArray(dx, i);
    }
  }

  private static void reciprocal(float[] out, float[] dy, float[] dx, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector y = FloatVector.fromArray(F, out, i);
      FloatVector slope = y.mul(y).neg();
      FloatVector old = FloatVector.fromArray(F, dx, i);
      slope.lanewise(FMA, FloatVector.fromArray(F, dy, i), old).intoArray(dx, i);
    }
  }

  private static void abs(float[] in, float[] dy, float[] dx, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      FloatVector slope =
          x.blend(1f, x.compare(VectorOperators.GT, 0f))
              .blend(-1f, x.compare(VectorOperators.LT, 0f));
      FloatVector old = FloatVector.fromArray(F, dx, i);
      slope.lanewise(FMA, FloatVector.fromArray(F, dy, i), old).intoArray(dx, i);
    }
  }

  private static void relu(float[] in, float[] dy, float[] dx, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      FloatVector slope = FloatVector.zero(F).blend(1f, x.compare(VectorOperators.GT, 0f));
      FloatVector old = FloatVector.fromArray(F, dx, i);
      slope.lanewise(FMA, FloatVector.fromArray(F, dy, i), old).intoArray(dx, i);
    }
  }

  private static void tanh(float[] in, float[] dy, float[] dx, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      FloatVector slope = VectorMath.sigmoidSlope(x.add(x)).mul(4f);
      FloatVector old = FloatVector.fromArray(F, dx, i);
      slope.lanewise(FMA, FloatVector.fromArray(F, dy, i), old).intoArray(dx, i);
    }
  }

  private static void sigmoid(float[] in, float[] dy, float[] dx, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      FloatVector slope = VectorMath.sigmoidSlope(x);
      FloatVector old = FloatVector.fromArray(F, dx, i);
      slope.lanewise(FMA, FloatVector.fromArray(F, dy, i), old).intoArray(dx, i);
    }
  }

  private static void logSigmoid(float[] in, float[] dy, float[] dx, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      FloatVector slope = VectorMath.sigmoid(x.neg());
      FloatVector old = FloatVector.fromArray(F, dx, i);
      slope.lanewise(FMA, FloatVector.fromArray(F, dy, i), old).intoArray(dx, i);
    }
  }

  private static void softplus(float[] in, float[] dy, float[] dx, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      FloatVector slope = VectorMath.sigmoid(x);
      FloatVector old = FloatVector.fromArray(F, dx, i);
      slope.lanewise(FMA, FloatVector.fromArray(F, dy, i), old).intoArray(dx, i);
    }
  }

  private static void silu(float[] in, float[] dy, float[] dx, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      FloatVector slope = VectorMath.siluSlope(x);
      FloatVector old = FloatVector.fromArray(F, dx, i);
      slope.lanewise(FMA, FloatVector.fromArray(F, dy, i), old).intoArray(dx, i);
    }
  }

  private static void gelu(float[] in, float[] dy, float[] dx, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      FloatVector x = FloatVector.fromArray(F, in, i);
      FloatVector slope = VectorMath.geluSlope(x);
      FloatVector old = FloatVector.fromArray(F, dx, i);
      slope.lanewise(FMA, FloatVector.fromArray(F, dy, i), old).intoArray(dx, i);
    }
  }
}
