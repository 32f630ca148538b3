package org.rlhf4j.cuda.ptx;

import static org.rlhf4j.cuda.ptx.Lanes.COUNT;

import java.util.function.IntBinaryOperator;
import java.util.function.LongBinaryOperator;

/** Logic, shifts, bit fields and byte permutation. Shift counts beyond the width are clamped. */
final class BitSteps {
  private BitSteps() {}

  /** A function of three words. */
  private interface Function3 {
    int of(int a, int b, int c);
  }

  static Step decode(Instruction i, Slots slots) {
    Type type = i.name().equals("prmt") ? Type.B32 : slots.type(i);
    if (type == Type.PRED) {
      return predicates(i, slots);
    }
    return switch (i.name()) {
      case "and", "or", "xor" -> {
        slots.allow(i, 3);
        yield type.bytes() == 8
            ? logic64(i, slots, type)
            : Lanes.binary(
                slots.target(i, i.operand(0), type),
                slots.source(i, 1, type),
                slots.source(i, 2, type),
                logic(i.name()));
      }
      case "not", "cnot" -> not(i, slots, type);
      case "shl", "shr" -> shift(i, slots, type);
      case "popc", "clz", "bfind" -> count(i, slots, type);
      case "brev" -> reverse(i, slots, type);
      case "lop3" -> lop3(i, slots);
      default -> field(i, slots, type);
    };
  }

  private static Step predicates(Instruction i, Slots slots) {
    int operands = i.name().equals("not") ? 2 : 3;
    slots.allow(i, operands);
    int d = slots.predicate(i, i.operand(0));
    int a = slots.predicate(i, i.operand(1));
    int b = slots.predicate(i, i.operand(operands - 1));
    IntBinaryOperator f =
        switch (i.name()) {
          case "and" -> (x, y) -> x & y;
          case "or" -> (x, y) -> x | y;
          case "xor" -> (x, y) -> x ^ y;
          case "not" -> (x, y) -> ~x;
          default -> throw slots.error(i, "is not supported for predicates");
        };
    return (warp, mask) ->
        warp.setPredicate(d, mask, f.applyAsInt(warp.predicate(a, mask), warp.predicate(b, mask)));
  }

  private static Lanes.Binary logic(String name) {
    return switch (name) {
      case "and" -> BitSteps::and;
      case "or" -> BitSteps::or;
      default -> BitSteps::xor;
    };
  }

  private static void and(int[] d, int[] a, int[] b) {
    for (int l = 0; l < COUNT; l++) {
      d[l] = a[l] & b[l];
    }
  }

  private static void or(int[] d, int[] a, int[] b) {
    for (int l = 0; l < COUNT; l++) {
      d[l] = a[l] | b[l];
    }
  }

  private static void xor(int[] d, int[] a, int[] b) {
    for (int l = 0; l < COUNT; l++) {
      d[l] = a[l] ^ b[l];
    }
  }

  private static Step logic64(Instruction i, Slots slots, Type type) {
    LongBinaryOperator f =
        switch (i.name()) {
          case "and" -> (a, b) -> a & b;
          case "or" -> (a, b) -> a | b;
          default -> (a, b) -> a ^ b;
        };
    int b = slots.source(i, 2, type);
    return Lanes.ternary64(
        slots.target(i, i.operand(0), type),
        slots.source(i, 1, type),
        b,
        b,
        (d, x, y, _) -> {
          for (int l = 0; l < COUNT; l++) {
            d[l] = f.applyAsLong(x[l], y[l]);
          }
        });
  }

  private static Step not(Instruction i, Slots slots, Type type) {
    slots.allow(i, 2);
    boolean logical = i.name().equals("cnot");
    int d = slots.target(i, i.operand(0), type);
    int a = slots.source(i, 1, type);
    if (type.bytes() == 8) {
      return Lanes.ternary64(
          d,
          a,
          a,
          a,
          (to, x, y, z) -> {
            for (int l = 0; l < COUNT; l++) {
              to[l] = logical ? (x[l] == 0 ? 1 : 0) : ~x[l];
            }
          });
    }
    int width = type.bytes() == 2 ? 0xffff : -1;
    return Lanes.unary(
        d,
        a,
        (to, x) -> {
          for (int l = 0; l < COUNT; l++) {
            to[l] = logical ? (x[l] == 0 ? 1 : 0) : ~x[l] & width;
          }
        });
  }

  private static Step shift(Instruction i, Slots slots, Type type) {
    slots.allow(i, 3);
    boolean left = i.name().equals("shl");
    boolean signed = type.isSigned();
    int bits = 8 * type.bytes();
    int d = slots.target(i, i.operand(0), type);
    int a = slots.source(i, 1, type);
    int b = slots.word(i, i.operand(2), Type.B32);
    if (bits == 64) {
      return Lanes.shift64(
          d,
          a,
          b,
          (to, x, n) -> {
            for (int l = 0; l < COUNT; l++) {
              boolean all = n[l] < 0 || n[l] > 63;
              long right = signed ? x[l] >> (all ? 63 : n[l]) : all ? 0 : x[l] >>> n[l];
              to[l] = !left ? right : all ? 0 : x[l] << n[l];
            }
          });
    }
    if (left) {
      int width = bits == 16 ? 0xffff : -1;
      return Lanes.binary(
          d,
          a,
          b,
          (to, x, n) -> {
            for (int l = 0; l < COUNT; l++) {
              to[l] = n[l] >>> 5 != 0 ? 0 : x[l] << n[l] & width;
            }
          });
    }
    return Lanes.binary(
        d,
        a,
        b,
        (to, x, n) -> {
          for (int l = 0; l < COUNT; l++) {
            boolean all = n[l] >>> 5 != 0;
            int from = signed && bits == 16 ? (short) x[l] : x[l];
            int right = signed ? from >> (all ? 31 : n[l]) : all ? 0 : from >>> n[l];
            to[l] = bits == 16 ? right & 0xffff : right;
          }
        });
  }

  private static Step count(Instruction i, Slots slots, Type type) {
    slots.allow(i, 2, "shiftamt");
    int d = slots.target(i, i.operand(0), Type.U32);
    int a = slots.source(i, 1, type);
    boolean amount = i.has("shiftamt");
    boolean signed = type.isSigned();
    if (type.bytes() == 8) {
      return Lanes.narrow(
          d,
          a,
          (to, x) -> {
            for (int l = 0; l < COUNT; l++) {
              to[l] =
                  switch (i.name()) {
                    case "popc" -> Long.bitCount(x[l]);
                    case "clz" -> Long.numberOfLeadingZeros(x[l]);
                    default -> highest(signed && x[l] < 0 ? ~x[l] : x[l], 63, amount);
                  };
            }
          });
    }
    return Lanes.unary(
        d,
        a,
        (to, x) -> {
          for (int l = 0; l < COUNT; l++) {
            long value = signed && x[l] < 0 ? ~x[l] : x[l] & 0xffffffffL;
            to[l] =
                switch (i.name()) {
                  case "popc" -> Integer.bitCount(x[l]);
                  case "clz" -> Integer.numberOfLeadingZeros(x[l]);
                  default -> highest(value, 31, amount);
                };
          }
        });
  }

  /** The place of the highest 1, or how far to shift it to the top; all ones without any. */
  private static int highest(long value, int top, boolean amount) {
    int place = 63 - Long.numberOfLeadingZeros(value);
    return place < 0 ? -1 : amount ? top - place : place;
  }

  private static Step reverse(Instruction i, Slots slots, Type type) {
    slots.allow(i, 2);
    int d = slots.target(i, i.operand(0), type);
    int a = slots.source(i, 1, type);
    if (type.bytes() == 8) {
      return Lanes.ternary64(
          d,
          a,
          a,
          a,
          (to, x, y, z) -> {
            for (int l = 0; l < COUNT; l++) {
              to[l] = Long.reverse(x[l]);
            }
          });
    }
    return Lanes.unary(
        d,
        a,
        (to, x) -> {
          for (int l = 0; l < COUNT; l++) {
            to[l] = Integer.reverse(x[l]);
          }
        });
  }

  /** Any function of three bits, given as its table of eight. */
  private static Step lop3(Instruction i, Slots slots) {
    slots.allow(i, 5);
    if (!(i.operand(4) instanceof Operand.Whole table)) {
      throw slots.error(i, "needs a constant table");
    }
    int bits = (int) table.value();
    return ternary(
        i,
        slots,
        (a, b, c) -> {
          int d = 0;
          for (int k = 0; k < 8; k++) {
            if ((bits >>> k & 1) != 0) {
              d |= ((k & 4) != 0 ? a : ~a) & ((k & 2) != 0 ? b : ~b) & ((k & 1) != 0 ? c : ~c);
            }
          }
          return d;
        });
  }

  /** {@code bfe}, {@code bfi}, {@code prmt}, {@code shf}: functions of words. */
  private static Step field(Instruction i, Slots slots, Type type) {
    if (type.bytes() == 8) {
      throw slots.error(i, "is supported for 32 bits only");
    }
    boolean signed = type.isSigned();
    return switch (i.name()) {
      case "bfe" -> {
        slots.allow(i, 4);
        yield ternary(i, slots, (a, b, c) -> extract(a, b & 0xff, c & 0xff, signed));
      }
      case "bfi" -> {
        slots.allow(i, 5);
        int d = slots.target(i, i.operand(0), type);
        int f = slots.source(i, 1, type);
        int into = slots.source(i, 2, type);
        int at = slots.word(i, i.operand(3), Type.U32);
        int length = slots.word(i, i.operand(4), Type.U32);
        yield (warp, mask) -> {
          int[] x = warp.read(f, mask);
          int[] y = warp.read(into, mask);
          int[] p = warp.read(at, mask);
          int[] n = warp.read(length, mask);
          int[] to = warp.target(d, mask);
          for (int l = 0; l < COUNT; l++) {
            long field = (1L << Math.min(n[l] & 0xff, 32)) - 1;
            int m = (p[l] & 0xff) > 31 ? 0 : (int) (field << (p[l] & 0xff));
            to[l] = (y[l] & ~m) | ((x[l] << p[l]) & m);
          }
          warp.commit(d, mask);
        };
      }
      case "prmt" -> {
        slots.allow(i, 4);
        yield ternary(i, slots, BitSteps::permute);
      }
      case "shf" -> {
        slots.allow(i, 4, "l", "r", "wrap", "clamp");
        boolean left = i.has("l");
        boolean wrap = i.has("wrap");
        yield ternary(
            i,
            slots,
            (a, b, c) -> {
              int n = wrap ? c & 31 : Integer.compareUnsigned(c, 32) > 0 ? 32 : c;
              long both = ((long) b << 32) | (a & 0xffffffffL);
              return (int) (left ? both << n >>> 32 : both >>> n);
            });
      }
      default -> throw slots.error(i, "is not supported");
    };
  }

  private static Step ternary(Instruction i, Slots slots, Function3 f) {
    return Lanes.ternary(
        slots.target(i, i.operand(0), Type.B32),
        slots.word(i, i.operand(1), Type.B32),
        slots.word(i, i.operand(2), Type.B32),
        slots.word(i, i.operand(3), Type.B32),
        (d, a, b, c) -> {
          for (int l = 0; l < COUNT; l++) {
            d[l] = f.of(a[l], b[l], c[l]);
          }
        });
  }

  private static int extract(int a, int at, int length, boolean signed) {
    int sign = signed && length > 0 ? a >> Math.min(at + length - 1, 31) & 1 : 0;
    int d = 0;
    for (int k = 0; k < 32; k++) {
      int bit = k < length && at + k < 32 ? a >>> (at + k) & 1 : sign;
      d |= bit << k;
    }
    return d;
  }

  private static int permute(int a, int b, int selector) {
    long bytes = ((long) b << 32) | (a & 0xffffffffL);
    int d = 0;
    for (int k = 0; k < 4; k++) {
      int s = (selector >>> (4 * k)) & 15;
      int picked = (int) (bytes >>> (8 * (s & 7))) & 0xff;
      d |= ((s & 8) != 0 ? ((byte) picked >> 7) & 0xff : picked) << (8 * k);
    }
    return d;
  }
}
