package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.rlhf4j.tensor.kernel.Pointwise;

/**
 * The hot lines of the table {@link Pointwise} as vectors. One switch per vector: the branch is
 * always predicted, and one loop serves all functions.
 */
final class SimdPointwise {
  private static final float SQRT_2_OVER_PI = 0.79788456f;
  private static final float CUBIC = 0.044715f;

  private SimdPointwise() {}

  /** {@return whether {@link #apply} and {@link #slope} know the function} */
  static boolean covers(Pointwise f) {
    return switch (f) {
      case EXPM1, LOG1P, LOG1M_EXP -> false;
      default -> true;
    };
  }

  static void forward(Pointwise f, float[] x, float[] y, int from, int to) {
    int i = from;
    for (; i <= to - LANES; i += LANES) {
      apply(f, FloatVector.fromArray(F, x, i)).intoArray(y, i);
    }
    if (i < to) {
      VectorMask<Float> rest = F.indexInRange(i, to);
      apply(f, FloatVector.fromArray(F, x, i, rest)).intoArray(y, i, rest);
    }
  }

  static void backward(
      Pointwise f, float[] x, float[] y, float[] dy, float[] dx, int from, int to) {
    int i = from;
    for (; i <= to - LANES; i += LANES) {
      FloatVector slope = slope(f, FloatVector.fromArray(F, x, i), FloatVector.fromArray(F, y, i));
      FloatVector d = FloatVector.fromArray(F, dy, i);
      slope.fma(d, FloatVector.fromArray(F, dx, i)).intoArray(dx, i);
    }
    if (i < to) {
      VectorMask<Float> rest = F.indexInRange(i, to);
      FloatVector at = FloatVector.fromArray(F, x, i, rest);
      FloatVector slope = slope(f, at, FloatVector.fromArray(F, y, i, rest));
      FloatVector d = FloatVector.fromArray(F, dy, i, rest);
      slope.fma(d, FloatVector.fromArray(F, dx, i, rest)).intoArray(dx, i, rest);
    }
  }

  private static FloatVector apply(Pointwise f, FloatVector x) {
    return switch (f) {
      case NEG -> x.neg();
      case EXP -> VectorMath.exp(x);
      case LOG -> VectorMath.log(x);
      case SQUARE -> x.mul(x);
      case SQRT -> x.sqrt();
      case RECIPROCAL -> FloatVector.broadcast(F, 1f).div(x);
      case ABS -> x.abs();
      case RELU -> x.max(0f);
      case TANH -> VectorMath.tanh(x);
      case SIGMOID -> VectorMath.sigmoid(x);
      case LOG_SIGMOID -> VectorMath.softplus(x.neg()).neg();
      case SOFTPLUS -> VectorMath.softplus(x);
      case SILU -> x.mul(VectorMath.sigmoid(x));
      case GELU -> gelu(x);
      case EXPM1, LOG1P, LOG1M_EXP -> throw new AssertionError(f);
    };
  }

  private static FloatVector slope(Pointwise f, FloatVector x, FloatVector y) {
    return switch (f) {
      case NEG -> FloatVector.broadcast(F, -1f);
      case EXP -> y;
      case LOG -> FloatVector.broadcast(F, 1f).div(x);
      case SQUARE -> x.add(x);
      case SQRT -> FloatVector.broadcast(F, 0.5f).div(y);
      case RECIPROCAL -> y.mul(y).neg();
      case ABS -> sign(x);
      case RELU -> FloatVector.zero(F).blend(1f, x.compare(VectorOperators.GT, 0f));
      case TANH -> y.mul(y).neg().add(1f);
      case SIGMOID -> y.mul(FloatVector.broadcast(F, 1f).sub(y));
      case LOG_SIGMOID -> VectorMath.sigmoid(x.neg());
      case SOFTPLUS -> VectorMath.sigmoid(x);
      case SILU -> siluSlope(x);
      case GELU -> geluSlope(x);
      case EXPM1, LOG1P, LOG1M_EXP -> throw new AssertionError(f);
    };
  }

  /** -1, 0, 1, or NaN. */
  private static FloatVector sign(FloatVector x) {
    return x.blend(1f, x.compare(VectorOperators.GT, 0f))
        .blend(-1f, x.compare(VectorOperators.LT, 0f));
  }

  /** silu'(x) = s (1 + x (1 - s)) with s = sigmoid(x). */
  static FloatVector siluSlope(FloatVector x) {
    FloatVector s = VectorMath.sigmoid(x);
    FloatVector complement = VectorMath.sigmoid(x.neg());
    return s.mul(x.fma(complement, FloatVector.broadcast(F, 1f)));
  }

  /** With u = sqrt(2/pi) (x + 0.044715 x^3): x/2 (1 + tanh u) = x sigmoid(2u). */
  private static FloatVector gelu(FloatVector x) {
    return x.mul(VectorMath.sigmoid(twiceInner(x)));
  }

  /** d/dx x s = s + x s (1 - s) 2u' with s = sigmoid(2u). */
  private static FloatVector geluSlope(FloatVector x) {
    FloatVector s = VectorMath.sigmoid(twiceInner(x));
    FloatVector slope = x.mul(x).mul(6 * CUBIC * SQRT_2_OVER_PI).add(2 * SQRT_2_OVER_PI);
    FloatVector change = s.mul(FloatVector.broadcast(F, 1f).sub(s)).mul(slope);
    return x.fma(change, s);
  }

  private static FloatVector twiceInner(FloatVector x) {
    FloatVector cubic = x.mul(x).mul(2 * CUBIC * SQRT_2_OVER_PI).add(2 * SQRT_2_OVER_PI);
    return x.mul(cubic);
  }
}
