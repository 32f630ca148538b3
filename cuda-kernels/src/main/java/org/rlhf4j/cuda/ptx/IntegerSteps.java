package org.rlhf4j.cuda.ptx;

import static org.rlhf4j.cuda.ptx.Lanes.COUNT;

import java.util.function.IntBinaryOperator;
import java.util.function.LongBinaryOperator;

/** Integer arithmetic of 16, 32 and 64 bits; it wraps. Division by zero gives all ones. */
final class IntegerSteps {
  private IntegerSteps() {}

  static Step decode(Instruction i, Slots slots) {
    Type type = slots.type(i);
    slots.allow(i, operands(i), "lo", "hi", "wide");
    if (i.has("wide")) {
      return wide(i, slots, type);
    }
    int d = slots.target(i, i.operand(0), type);
    int last = i.operands().size() - 1;
    int a = slots.source(i, 1, type);
    int b = slots.source(i, Math.min(2, last), type);
    int c = slots.source(i, Math.min(3, last), type);
    if (type.bytes() == 8) {
      return Lanes.ternary64(d, a, b, c, ternary64(i, slots, type));
    }
    if (type.bytes() == 2) {
      return Lanes.ternary(d, a, b, c, halfWord(i, slots, type));
    }
    return switch (i.name()) {
      case "mad" -> Lanes.ternary(d, a, b, c, mad(i, type));
      case "sad" ->
          Lanes.ternary(
              d,
              a,
              b,
              c,
              (to, x, y, z) -> {
                for (int l = 0; l < COUNT; l++) {
                  long gap = extend(x[l], type) - extend(y[l], type);
                  to[l] = (int) (z[l] + Math.abs(gap));
                }
              });
      default -> Lanes.binary(d, a, b, binary(i, slots, type));
    };
  }

  /** Operands of an arithmetic instruction, the result included. */
  static int operands(Instruction i) {
    return switch (i.name()) {
      case "neg", "abs" -> 2;
      case "mad", "sad", "fma" -> 4;
      default -> 3;
    };
  }

  private static Lanes.Binary binary(Instruction i, Slots slots, Type type) {
    boolean signed = type.isSigned();
    return switch (i.name()) {
      case "add" -> IntegerSteps::add;
      case "sub" -> IntegerSteps::sub;
      case "mul" -> i.has("hi") ? each((a, b) -> high(a, b, type)) : IntegerSteps::mul;
      case "mul24" -> each((a, b) -> (a << 8 >> 8) * (b << 8 >> 8));
      case "div" ->
          signed
              ? each((a, b) -> b == 0 ? -1 : a / b)
              : each((a, b) -> b == 0 ? -1 : Integer.divideUnsigned(a, b));
      case "rem" ->
          signed
              ? each((a, b) -> b == 0 ? a : a % b)
              : each((a, b) -> b == 0 ? a : Integer.remainderUnsigned(a, b));
      case "min" ->
          signed ? each(Math::min) : each((a, b) -> Integer.compareUnsigned(a, b) < 0 ? a : b);
      case "max" ->
          signed ? each(Math::max) : each((a, b) -> Integer.compareUnsigned(a, b) > 0 ? a : b);
      case "abs" -> each((a, b) -> Math.abs(a));
      case "neg" -> each((a, b) -> -a);
      default -> throw slots.error(i, "is not supported for " + type.text());
    };
  }

  private static void add(int[] d, int[] a, int[] b) {
    for (int i = 0; i < COUNT; i++) {
      d[i] = a[i] + b[i];
    }
  }

  private static void sub(int[] d, int[] a, int[] b) {
    for (int i = 0; i < COUNT; i++) {
      d[i] = a[i] - b[i];
    }
  }

  private static void mul(int[] d, int[] a, int[] b) {
    for (int i = 0; i < COUNT; i++) {
      d[i] = a[i] * b[i];
    }
  }

  private static Lanes.Ternary mad(Instruction i, Type type) {
    if (i.has("hi")) {
      return (d, a, b, c) -> {
        for (int l = 0; l < COUNT; l++) {
          d[l] = high(a[l], b[l], type) + c[l];
        }
      };
    }
    return (d, a, b, c) -> {
      for (int l = 0; l < COUNT; l++) {
        d[l] = a[l] * b[l] + c[l];
      }
    };
  }

  private static int high(int a, int b, Type type) {
    return (int) ((extend(a, type) * extend(b, type)) >>> 32);
  }

  private static long extend(int value, Type type) {
    return type.isSigned() ? value : value & 0xffffffffL;
  }

  private static Lanes.Ternary64 ternary64(Instruction i, Slots slots, Type type) {
    boolean signed = type.isSigned();
    return switch (i.name()) {
      case "add" -> IntegerSteps::add64;
      case "sub" -> each64((a, b) -> a - b);
      case "mul" ->
          !i.has("hi")
              ? each64((a, b) -> a * b)
              : each64(signed ? Math::multiplyHigh : Math::unsignedMultiplyHigh);
      case "mad" -> mad64(i, signed);
      case "div" ->
          signed
              ? each64((a, b) -> b == 0 ? -1 : a / b)
              : each64((a, b) -> b == 0 ? -1 : Long.divideUnsigned(a, b));
      case "rem" ->
          signed
              ? each64((a, b) -> b == 0 ? a : a % b)
              : each64((a, b) -> b == 0 ? a : Long.remainderUnsigned(a, b));
      case "min" ->
          signed ? each64(Math::min) : each64((a, b) -> Long.compareUnsigned(a, b) < 0 ? a : b);
      case "max" ->
          signed ? each64(Math::max) : each64((a, b) -> Long.compareUnsigned(a, b) > 0 ? a : b);
      case "abs" -> each64((a, b) -> Math.abs(a));
      case "neg" -> each64((a, b) -> -a);
      default -> throw slots.error(i, "is not supported for " + type.text());
    };
  }

  private static Lanes.Ternary64 mad64(Instruction i, boolean signed) {
    return (d, a, b, c) -> {
      for (int l = 0; l < COUNT; l++) {
        long product =
            !i.has("hi")
                ? a[l] * b[l]
                : signed ? Math.multiplyHigh(a[l], b[l]) : Math.unsignedMultiplyHigh(a[l], b[l]);
        d[l] = product + c[l];
      }
    };
  }

  private static void add64(long[] d, long[] a, long[] b, long[] unused) {
    for (int i = 0; i < COUNT; i++) {
      d[i] = a[i] + b[i];
    }
  }

  /** Twice as wide a result: 64 bits from 32, or 32 bits from 16. */
  private static Step wide(Instruction i, Slots slots, Type type) {
    boolean signed = type.isSigned();
    boolean mad = i.name().equals("mad");
    int a = slots.word(i, i.operand(1), type);
    int b = slots.word(i, i.operand(2), type);
    if (type.bytes() == 2) {
      int d = slots.target(i, i.operand(0), Type.B32);
      int c = mad ? slots.word(i, i.operand(3), Type.B32) : slots.constant(0);
      return Lanes.ternary(
          d,
          a,
          b,
          c,
          (to, x, y, z) -> {
            for (int l = 0; l < COUNT; l++) {
              int product = signed ? (short) x[l] * (short) y[l] : x[l] * y[l];
              to[l] = product + z[l];
            }
          });
    }
    int d = slots.target(i, i.operand(0), Type.B64);
    int c = mad ? slots.wide(i, i.operand(3)) : slots.constant64(0);
    return Lanes.widen(d, a, b, c, signed ? IntegerSteps::wideSigned : IntegerSteps::wideUnsigned);
  }

  private static void wideSigned(long[] d, int[] a, int[] b, long[] c) {
    for (int l = 0; l < COUNT; l++) {
      d[l] = (long) a[l] * b[l] + c[l];
    }
  }

  private static void wideUnsigned(long[] d, int[] a, int[] b, long[] c) {
    for (int l = 0; l < COUNT; l++) {
      d[l] = (a[l] & 0xffffffffL) * (b[l] & 0xffffffffL) + c[l];
    }
  }

  /** 16 bits: extend, compute in 32, cut. */
  private static Lanes.Ternary halfWord(Instruction i, Slots slots, Type type) {
    boolean signed = type.isSigned();
    boolean high = i.has("hi");
    IntBinaryOperator f =
        switch (i.name()) {
          case "add" -> Integer::sum;
          case "sub" -> (a, b) -> a - b;
          case "mul", "mad" -> (a, b) -> high ? (a * b) >> 16 : a * b;
          case "div" -> (a, b) -> b == 0 ? -1 : a / b;
          case "rem" -> (a, b) -> b == 0 ? a : a % b;
          case "min" -> Math::min;
          case "max" -> Math::max;
          case "abs" -> (a, b) -> Math.abs(a);
          case "neg" -> (a, b) -> -a;
          default -> throw slots.error(i, "is not supported for " + type.text());
        };
    boolean mad = i.name().equals("mad");
    return (d, a, b, c) -> {
      for (int l = 0; l < COUNT; l++) {
        int x = signed ? (short) a[l] : a[l];
        int y = signed ? (short) b[l] : b[l];
        d[l] = f.applyAsInt(x, y) + (mad ? c[l] : 0) & 0xffff;
      }
    };
  }

  private static Lanes.Binary each(IntBinaryOperator f) {
    return (d, a, b) -> {
      for (int l = 0; l < COUNT; l++) {
        d[l] = f.applyAsInt(a[l], b[l]);
      }
    };
  }

  private static Lanes.Ternary64 each64(LongBinaryOperator f) {
    return (d, a, b, c) -> {
      for (int l = 0; l < COUNT; l++) {
        d[l] = f.applyAsLong(a[l], b[l]);
      }
    };
  }
}
