package org.rlhf4j.tensor.kernel;

import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/**
 * The differentiable functions of one number: each line is a function and its slope, the slope as a
 * function of the input {@code x} and the output {@code y}, whichever is simpler or more exact.
 */
public enum Pointwise {
  NEG(x -> -x, (x, y) -> -1),
  EXP(Math::exp, (x, y) -> y),
  /** e^x - 1; its slope is not y + 1, which has no digits left where y is nearly -1. */
  EXPM1(Math::expm1, (x, y) -> Math.exp(x)),
  /** e^x - 1 - x, by how much e^x lies above its tangent at 0; never negative. */
  EXP_REMAINDER(Constants::expRemainder, (x, y) -> Math.expm1(x)),
  LOG(Math::log, (x, y) -> 1 / x),
  LOG1P(Math::log1p, (x, y) -> 1 / (1 + x)),
  /** log(1 - e^x) for x &lt; 0, split at -log 2 so that neither end cancels (Maechler 2012). */
  LOG1M_EXP(
      x -> x > -Constants.LN2 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x)),
      (x, y) -> -1 / Math.expm1(-x)),
  SQUARE(x -> x * x, (x, y) -> 2 * x),
  SQRT(Math::sqrt, (x, y) -> 0.5 / y),
  RECIPROCAL(x -> 1 / x, (x, y) -> -y * y),
  ABS(Math::abs, (x, y) -> Math.signum(x)),
  RELU(x -> Math.max(x, 0), (x, y) -> x > 0 ? 1 : 0),
  /** Its slope 1 - y^2 is written so that it keeps its digits where y is nearly 1 or -1. */
  TANH(Math::tanh, (x, y) -> 4 * Constants.sigmoid(2 * x) * Constants.sigmoid(-2 * x)),
  /** 1 / (1 + e^-x); its slope y (1 - y) is written so that it keeps its digits for y near 1. */
  SIGMOID(Constants::sigmoid, (x, y) -> y * Constants.sigmoid(-x)),
  /** log sigmoid(x) = min(x, 0) - log(1 + e^-|x|); its slope is sigmoid(-x). */
  LOG_SIGMOID(
      x -> Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x))), (x, y) -> Constants.sigmoid(-x)),
  /** log(1 + e^x). */
  SOFTPLUS(
      x -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), (x, y) -> Constants.sigmoid(x)),
  /** x sigmoid(x), also called swish. */
  SILU(
      x -> x * Constants.sigmoid(x),
      (x, y) -> Constants.sigmoid(x) * (1 + x * Constants.sigmoid(-x))),
  /** The tanh form that GPT-2 uses: x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). */
  GELU(Constants::gelu, (x, y) -> Constants.geluSlope(x));

  private final DoubleUnaryOperator function;
  private final DoubleBinaryOperator slope;

  Pointwise(DoubleUnaryOperator function, DoubleBinaryOperator slope) {
    this.function = function;
    this.slope = slope;
  }

  /** {@return f(x)} */
  public double apply(double x) {
    return function.applyAsDouble(x);
  }

  /** {@return df/dx at x, where y = f(x)} */
  public double slope(double x, double y) {
    return slope.applyAsDouble(x, y);
  }

  /**
   * Formulas too long for their line; a nested class, since an enum's own statics come too late.
   */
  private static final class Constants {
    static final double LN2 = Math.log(2);
    static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
    static final double CUBIC = 0.044715;

    static double sigmoid(double x) {
      double e = Math.exp(-Math.abs(x));
      return (x >= 0 ? 1 : e) / (1 + e);
    }

    /** The series x^2/2 (1 + x/3 (1 + x/4 (...))) below 1, where the difference would cancel. */
    static double expRemainder(double x) {
      if (Math.abs(x) < 1) {
        double sum = 1;
        for (int k = 19; k >= 3; k--) {
          sum = 1 + x / k * sum;
        }
        return x * x / 2 * sum;
      }
      // e^x is infinite beyond 1000: infinity less infinity must not be NaN
      return Math.expm1(x) - Math.min(x, 1000);
    }

    static double gelu(double x) {
      return 0.5 * x * (1 + Math.tanh(SQRT_2_OVER_PI * (x + CUBIC * x * x * x)));
    }

    static double geluSlope(double x) {
      double t = Math.tanh(SQRT_2_OVER_PI * (x + CUBIC * x * x * x));
      double inner = SQRT_2_OVER_PI * (1 + 3 * CUBIC * x * x);
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner;
    }
  }
}
