package org.rlhf4j.cuda.ptx;

import static org.rlhf4j.cuda.ptx.Lanes.COUNT;

/**
 * Arithmetic of f16, bf16 and their pairs in 32 bits. Sums and products are exact enough in float
 * that the second rounding changes nothing (24 >= 2 * 11 + 2 bits); fma takes its own care.
 */
final class HalfSteps {
  private HalfSteps() {}

  /** A function of three halves; one of fewer ignores the rest. */
  private interface Function {
    int of(Half half, int a, int b, int c);
  }

  static Step decode(Instruction i, Slots slots) {
    Type type = slots.type(i);
    slots.allow(i, IntegerSteps.operands(i), "rn", "NaN");
    int sources = i.operands().size() - 1;
    Function f = function(i, slots);
    Half half = Half.of(type);
    int d = slots.target(i, i.operand(0), type);
    int a = slots.source(i, 1, type);
    int b = slots.source(i, Math.min(2, sources), type);
    int c = slots.source(i, Math.min(3, sources), type);
    boolean pair = type.bytes() == 4;
    return Lanes.ternary(
        d,
        a,
        b,
        c,
        (to, x, y, z) -> {
          for (int lane = 0; lane < COUNT; lane++) {
            int low = f.of(half, x[lane] & 0xffff, y[lane] & 0xffff, z[lane] & 0xffff);
            int high = pair ? f.of(half, x[lane] >>> 16, y[lane] >>> 16, z[lane] >>> 16) : 0;
            to[lane] = high << 16 | low;
          }
        });
  }

  private static Function function(Instruction i, Slots slots) {
    boolean nan = i.has("NaN");
    return switch (i.name()) {
      case "add" -> (h, a, b, c) -> h.bits(h.value(a) + h.value(b));
      case "sub" -> (h, a, b, c) -> h.bits(h.value(a) - h.value(b));
      case "mul" -> (h, a, b, c) -> h.bits(h.value(a) * h.value(b));
      case "fma" -> (h, a, b, c) -> h.fma(h.value(a), h.value(b), h.value(c));
      case "neg" -> (h, a, b, c) -> a ^ 0x8000;
      case "abs" -> (h, a, b, c) -> a & 0x7fff;
      case "min" -> (h, a, b, c) -> h.bits(-larger(-h.value(a), -h.value(b), nan));
      case "max" -> (h, a, b, c) -> h.bits(larger(h.value(a), h.value(b), nan));
      default -> throw slots.error(i, "is not supported for halves");
    };
  }

  private static float larger(float a, float b, boolean nan) {
    if (nan || !(Float.isNaN(a) || Float.isNaN(b))) {
      return Math.max(a, b);
    }
    return Float.isNaN(a) ? b : a;
  }
}
