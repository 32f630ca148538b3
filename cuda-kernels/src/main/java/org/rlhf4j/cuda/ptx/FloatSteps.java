package org.rlhf4j.cuda.ptx;

import static org.rlhf4j.cuda.ptx.Lanes.COUNT;

import java.util.Optional;

/**
 * Arithmetic of f32. Results are those of IEEE 754 rounded to nearest, bit by bit; a NaN result is
 * 0x7fffffff. The approximate instructions go through {@link Approximation}.
 */
final class FloatSteps {
  private static final int NAN = 0x7fffffff;

  private FloatSteps() {}

  static Step decode(Instruction i, Slots slots, Approximation approximation) {
    int operands = i.operands().size() - 1;
    int d = slots.target(i, i.operand(0), Type.F32);
    return switch (operands) {
      case 1 -> {
        slots.allow(i, 2, "rn", "ftz", "sat", "approx");
        Lanes.Unary op =
            unary(i, approximation).orElseThrow(() -> slots.error(i, "is not supported for f32"));
        yield Lanes.unary(d, slots.source(i, 1, Type.F32), finish(i, op));
      }
      case 2 -> {
        slots.allow(i, 3, "rn", "ftz", "sat", "approx", "full", "NaN");
        Lanes.Binary op =
            binary(i, approximation).orElseThrow(() -> slots.error(i, "is not supported for f32"));
        yield Lanes.binary(
            d, slots.source(i, 1, Type.F32), slots.source(i, 2, Type.F32), finish(i, op));
      }
      default -> {
        slots.allow(i, 4, "rn", "ftz", "sat");
        yield Lanes.ternary(
            d,
            slots.source(i, 1, Type.F32),
            slots.source(i, 2, Type.F32),
            slots.source(i, 3, Type.F32),
            finish(i, FloatSteps::fma));
      }
    };
  }

  private static Optional<Lanes.Binary> binary(Instruction i, Approximation approximation) {
    return Optional.ofNullable(
        switch (i.name()) {
          case "add" -> FloatSteps::add;
          case "sub" -> FloatSteps::sub;
          case "mul" -> FloatSteps::mul;
          case "min" -> i.has("NaN") ? FloatSteps::minNaN : FloatSteps::min;
          case "max" -> i.has("NaN") ? FloatSteps::maxNaN : FloatSteps::max;
          case "div" ->
              i.has("rn")
                  ? FloatSteps::div
                  : each((a, b) -> approximation.ulps(a / b, bits(a) ^ bits(b), 2));
          case "copysign" -> each((a, b) -> Math.copySign(b, a));
          default -> null;
        });
  }

  private static Optional<Lanes.Unary> unary(Instruction i, Approximation approximation) {
    return Optional.ofNullable(
        switch (i.name()) {
          case "neg" -> FloatSteps::neg;
          case "abs" -> FloatSteps::abs;
          case "rcp" -> each(a -> i.has("rn") ? 1 / a : approximation.ulps(1 / a, bits(a), 1));
          case "sqrt" ->
              each(a -> {
                double root = Math.sqrt(a);
                return i.has("rn") ? (float) root : approximation.relative(root, bits(a), 0x1p-23);
              });
          case "rsqrt" ->
              each(a -> approximation.relative(1 / Math.sqrt(a), bits(a), Math.pow(2, -22.9)));
          case "sin" -> each(a -> approximation.absolute(Math.sin(a), bits(a), Math.pow(2, -20.5)));
          case "cos" -> each(a -> approximation.absolute(Math.cos(a), bits(a), Math.pow(2, -20.5)));
          case "tanh" -> each(a -> approximation.relative(Math.tanh(a), bits(a), Math.pow(2, -11)));
          case "lg2" -> each(a -> lg2(a, approximation));
          case "ex2" ->
              approximation == Approximation.EXACT ? FloatSteps::ex2 : each(FloatSteps::movedEx2);
          default -> null;
        });
  }

  private static void add(int[] d, int[] a, int[] b) {
    for (int i = 0; i < COUNT; i++) {
      d[i] = result(Float.intBitsToFloat(a[i]) + Float.intBitsToFloat(b[i]));
    }
  }

  private static void sub(int[] d, int[] a, int[] b) {
    for (int i = 0; i < COUNT; i++) {
      d[i] = result(Float.intBitsToFloat(a[i]) - Float.intBitsToFloat(b[i]));
    }
  }

  private static void mul(int[] d, int[] a, int[] b) {
    for (int i = 0; i < COUNT; i++) {
      d[i] = result(Float.intBitsToFloat(a[i]) * Float.intBitsToFloat(b[i]));
    }
  }

  private static void div(int[] d, int[] a, int[] b) {
    for (int i = 0; i < COUNT; i++) {
      d[i] = result(Float.intBitsToFloat(a[i]) / Float.intBitsToFloat(b[i]));
    }
  }

  private static void fma(int[] d, int[] a, int[] b, int[] c) {
    for (int i = 0; i < COUNT; i++) {
      d[i] =
          result(
              Math.fma(
                  Float.intBitsToFloat(a[i]),
                  Float.intBitsToFloat(b[i]),
                  Float.intBitsToFloat(c[i])));
    }
  }

  /** A NaN operand is dropped, and -0 counts as smaller than +0. */
  private static void min(int[] d, int[] a, int[] b) {
    for (int i = 0; i < COUNT; i++) {
      float x = Float.intBitsToFloat(a[i]);
      float y = Float.intBitsToFloat(b[i]);
      d[i] = result(Float.isNaN(x) ? y : Float.isNaN(y) ? x : Math.min(x, y));
    }
  }

  private static void max(int[] d, int[] a, int[] b) {
    for (int i = 0; i < COUNT; i++) {
      float x = Float.intBitsToFloat(a[i]);
      float y = Float.intBitsToFloat(b[i]);
      d[i] = result(Float.isNaN(x) ? y : Float.isNaN(y) ? x : Math.max(x, y));
    }
  }

  private static void minNaN(int[] d, int[] a, int[] b) {
    for (int i = 0; i < COUNT; i++) {
      d[i] = result(Math.min(Float.intBitsToFloat(a[i]), Float.intBitsToFloat(b[i])));
    }
  }

  private static void maxNaN(int[] d, int[] a, int[] b) {
    for (int i = 0; i < COUNT; i++) {
      d[i] = result(Math.max(Float.intBitsToFloat(a[i]), Float.intBitsToFloat(b[i])));
    }
  }

  private static void neg(int[] d, int[] a) {
    for (int i = 0; i < COUNT; i++) {
      d[i] = a[i] ^ 0x80000000;
    }
  }

  private static void abs(int[] d, int[] a) {
    for (int i = 0; i < COUNT; i++) {
      d[i] = a[i] & 0x7fffffff;
    }
  }

  private static void ex2(int[] d, int[] a) {
    for (int i = 0; i < COUNT; i++) {
      d[i] = result(ex2(Float.intBitsToFloat(a[i])));
    }
  }

  /**
   * 2^x, correctly rounded but for arguments within 1e-6 units of a tie: a polynomial of degree 11
   * in double on [-1/2, 1/2], scaled by the exponent.
   */
  static float ex2(float x) {
    if (!(Math.abs(x) < 160)) {
      return Float.isNaN(x) ? x : x > 0 ? Float.POSITIVE_INFINITY : 0;
    }
    double whole = Math.rint(x);
    double t = (x - whole) * 0.6931471805599453;
    double p = 1.0 / 39916800;
    p = p * t + 1.0 / 3628800;
    p = p * t + 1.0 / 362880;
    p = p * t + 1.0 / 40320;
    p = p * t + 1.0 / 5040;
    p = p * t + 1.0 / 720;
    p = p * t + 1.0 / 120;
    p = p * t + 1.0 / 24;
    p = p * t + 1.0 / 6;
    p = p * t + 0.5;
    p = p * t + 1;
    p = p * t + 1;
    return (float) (p * Double.longBitsToDouble((long) (whole + 1023) << 52));
  }

  /** Whole powers and the tabled values stay exact, ex2(0) = 1 among them. */
  private static float movedEx2(float x) {
    return x == 0 ? 1 : Approximation.MOVED.ulps(ex2(x), bits(x), 2);
  }

  /** The bound is absolute near 1, where the logarithm vanishes, and relative elsewhere. */
  private static float lg2(float x, Approximation approximation) {
    double exact = Math.log(x) / Math.log(2);
    return x > 0.5f && x < 2
        ? approximation.absolute(exact, bits(x), 0x1p-22)
        : approximation.relative(exact, bits(x), 0x1p-22);
  }

  /** A function of one float. */
  private interface Function1 {
    float of(float a);
  }

  /** A function of two floats. */
  private interface Function2 {
    float of(float a, float b);
  }

  private static Lanes.Unary each(Function1 f) {
    return (d, a) -> {
      for (int i = 0; i < COUNT; i++) {
        d[i] = result(f.of(Float.intBitsToFloat(a[i])));
      }
    };
  }

  private static Lanes.Binary each(Function2 f) {
    return (d, a, b) -> {
      for (int i = 0; i < COUNT; i++) {
        d[i] = result(f.of(Float.intBitsToFloat(a[i]), Float.intBitsToFloat(b[i])));
      }
    };
  }

  // .ftz flushes subnormal inputs and results to zero of the same sign, .sat clamps to [0, 1].

  private static Lanes.Unary finish(Instruction i, Lanes.Unary op) {
    if (!i.has("ftz") && !i.has("sat")) {
      return op;
    }
    boolean ftz = i.has("ftz");
    boolean sat = i.has("sat");
    return (d, a) -> {
      op.apply(d, ftz ? flushed(a) : a);
      finish(ftz, sat, d);
    };
  }

  private static Lanes.Binary finish(Instruction i, Lanes.Binary op) {
    if (!i.has("ftz") && !i.has("sat")) {
      return op;
    }
    boolean ftz = i.has("ftz");
    boolean sat = i.has("sat");
    return (d, a, b) -> {
      op.apply(d, ftz ? flushed(a) : a, ftz ? flushed(b) : b);
      finish(ftz, sat, d);
    };
  }

  private static Lanes.Ternary finish(Instruction i, Lanes.Ternary op) {
    if (!i.has("ftz") && !i.has("sat")) {
      return op;
    }
    boolean ftz = i.has("ftz");
    boolean sat = i.has("sat");
    return (d, a, b, c) -> {
      op.apply(d, ftz ? flushed(a) : a, ftz ? flushed(b) : b, ftz ? flushed(c) : c);
      finish(ftz, sat, d);
    };
  }

  private static int[] flushed(int[] a) {
    int[] flushed = new int[COUNT];
    for (int i = 0; i < COUNT; i++) {
      flushed[i] = flush(a[i]);
    }
    return flushed;
  }

  private static void finish(boolean ftz, boolean sat, int[] d) {
    for (int lane = 0; lane < COUNT; lane++) {
      int bits = ftz ? flush(d[lane]) : d[lane];
      d[lane] = sat ? saturate(bits) : bits;
    }
  }

  static int flush(int bits) {
    return (bits & 0x7f800000) == 0 ? bits & 0x80000000 : bits;
  }

  static int saturate(int bits) {
    float value = Float.intBitsToFloat(bits);
    return value > 0 ? Float.floatToRawIntBits(Math.min(value, 1)) : 0;
  }

  static int result(float value) {
    return Float.isNaN(value) ? NAN : Float.floatToRawIntBits(value);
  }

  private static int bits(float value) {
    return Float.floatToRawIntBits(value);
  }
}
