package org.rlhf4j.tensor.kernel;

/**
 * The differentiable functions of two numbers, each with its two slopes. A tie of {@link #MAX} or
 * {@link #MIN} gives the whole gradient to the left operand, so {@code clamp} passes the gradient
 * at its bounds, as PyTorch's does.
 */
public enum Pairwise {
  ADD((a, b) -> a + b, (a, b) -> 1, (a, b) -> 1),
  SUB((a, b) -> a - b, (a, b) -> 1, (a, b) -> -1),
  MUL((a, b) -> a * b, (a, b) -> b, (a, b) -> a),
  DIV((a, b) -> a / b, (a, b) -> 1 / b, (a, b) -> -a / (b * b)),
  MAX(Math::max, (a, b) -> a >= b ? 1 : 0, (a, b) -> a >= b ? 0 : 1),
  MIN(Math::min, (a, b) -> a <= b ? 1 : 0, (a, b) -> a <= b ? 0 : 1);

  /** A function of two doubles. */
  @FunctionalInterface
  private interface Function {
    double apply(double a, double b);
  }

  private final Function function;
  private final Function slopeLeft;
  private final Function slopeRight;

  Pairwise(Function function, Function slopeLeft, Function slopeRight) {
    this.function = function;
    this.slopeLeft = slopeLeft;
    this.slopeRight = slopeRight;
  }

  /** {@return f(a, b)} */
  public double apply(double a, double b) {
    return function.apply(a, b);
  }

  /** {@return df/da} */
  public double slopeLeft(double a, double b) {
    return slopeLeft.apply(a, b);
  }

  /** {@return df/db} */
  public double slopeRight(double a, double b) {
    return slopeRight.apply(a, b);
  }
}
