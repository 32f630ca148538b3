package org.rlhf4j.cuda.ptx;

import static org.rlhf4j.cuda.ptx.Lanes.COUNT;

import java.util.List;

/** {@code mov}, {@code cvt} and {@code cvta}: the same value elsewhere, or as another type. */
final class ConvertSteps {
  private ConvertSteps() {}

  static Step decode(Instruction i, Slots slots) {
    return switch (i.name()) {
      case "mov" -> mov(i, slots);
      case "cvta" -> cvta(i, slots);
      default -> cvt(i, slots);
    };
  }

  private static Step mov(Instruction i, Slots slots) {
    slots.allow(i, 2);
    Type type = slots.type(i);
    if (type == Type.PRED) {
      int d = slots.predicate(i, i.operand(0));
      if (i.operand(1) instanceof Operand.Whole whole) {
        int value = whole.value() != 0 ? -1 : 0;
        return (warp, mask) -> warp.setPredicate(d, mask, value);
      }
      int a = slots.predicate(i, i.operand(1));
      return (warp, mask) -> warp.setPredicate(d, mask, warp.predicate(a, mask));
    }
    if (i.operand(1) instanceof Operand.Pack pack) {
      return pack(i, slots, type, pack.elements());
    }
    if (i.operand(0) instanceof Operand.Pack pack) {
      return unpack(i, slots, type, pack.elements());
    }
    int d = slots.target(i, i.operand(0), type);
    int a = slots.source(i, 1, type);
    return type.bytes() == 8
        ? Lanes.ternary64(d, a, a, a, (to, x, y, z) -> System.arraycopy(x, 0, to, 0, COUNT))
        : Lanes.unary(d, a, (to, x) -> System.arraycopy(x, 0, to, 0, COUNT));
  }

  private static Step pack(Instruction i, Slots slots, Type type, List<Operand> parts) {
    if (parts.size() != 2 || type.bytes() < 4) {
      throw slots.error(i, "packs something else than two halves");
    }
    Type part = type.bytes() == 8 ? Type.B32 : Type.B16;
    int a = slots.word(i, parts.get(0), part);
    int b = slots.word(i, parts.get(1), part);
    int d = slots.target(i, i.operand(0), type);
    return type.bytes() == 8
        ? Lanes.widen(
            d,
            a,
            b,
            slots.constant64(0),
            (to, x, y, z) -> {
              for (int l = 0; l < COUNT; l++) {
                to[l] = (x[l] & 0xffffffffL) | ((long) y[l] << 32);
              }
            })
        : Lanes.binary(
            d,
            a,
            b,
            (to, x, y) -> {
              for (int l = 0; l < COUNT; l++) {
                to[l] = (x[l] & 0xffff) | (y[l] << 16);
              }
            });
  }

  private static Step unpack(Instruction i, Slots slots, Type type, List<Operand> parts) {
    if (parts.size() != 2 || type.bytes() < 4) {
      throw slots.error(i, "unpacks something else than two halves");
    }
    Type part = type.bytes() == 8 ? Type.B32 : Type.B16;
    int low = slots.target(i, parts.get(0), part);
    int high = slots.target(i, parts.get(1), part);
    int a = slots.source(i, 1, type);
    if (type.bytes() == 8) {
      Step first = Lanes.narrow(low, a, (to, x) -> shifted(to, x, 0));
      Step second = Lanes.narrow(high, a, (to, x) -> shifted(to, x, 32));
      return both(first, second);
    }
    return both(
        Lanes.unary(high, a, (to, x) -> halves(to, x, 16)),
        Lanes.unary(low, a, (to, x) -> halves(to, x, 0)));
  }

  private static Step both(Step first, Step second) {
    return (warp, mask) -> {
      first.execute(warp, mask);
      second.execute(warp, mask);
    };
  }

  private static void shifted(int[] to, long[] from, int by) {
    for (int l = 0; l < COUNT; l++) {
      to[l] = (int) (from[l] >>> by);
    }
  }

  private static void halves(int[] to, int[] from, int by) {
    for (int l = 0; l < COUNT; l++) {
      to[l] = from[l] >>> by & 0xffff;
    }
  }

  /** Shared and local memory have a window each in the generic address space. */
  private static Step cvta(Instruction i, Slots slots) {
    slots.allow(i, 2, "to", "global", "shared", "local", "const");
    long window =
        i.has("shared")
            ? AddressSpace.SHARED_WINDOW
            : i.has("local") ? AddressSpace.LOCAL_WINDOW : 0;
    long add = i.has("to") ? -window : window;
    int d = slots.target(i, i.operand(0), Type.B64);
    int a = slots.wide(i, i.operand(1));
    return Lanes.ternary64(
        d,
        a,
        a,
        a,
        (to, x, y, z) -> {
          for (int l = 0; l < COUNT; l++) {
            to[l] = x[l] + add;
          }
        });
  }

  private static Step cvt(Instruction i, Slots slots) {
    List<Type> types = i.types();
    if (types.size() != 2) {
      throw slots.error(i, "needs two types");
    }
    Type to = types.get(0);
    Type from = types.get(1);
    boolean inexact = to == Type.BF16 && !from.isFloat();
    if (to == Type.F64 || from == Type.F64 || inexact) {
      throw slots.error(i, "is not supported");
    }
    if (to == Type.F16X2 || to == Type.BF16X2) {
      return pair(i, slots, to);
    }
    slots.allow(i, 2, "rn", "rni", "rzi", "rmi", "rpi", "sat", "ftz");
    Conversion conversion = Conversion.of(i);
    boolean wideTarget = wideRegister(i.operand(0));
    boolean wideSource = from.bytes() == 8 || wideRegister(i.operand(1));
    int d = slots.target(i, i.operand(0), wideTarget ? Type.B64 : to);
    int a = wideSource ? slots.wide(i, i.operand(1)) : slots.word(i, i.operand(1), from);
    if (wideTarget && !wideSource && from.bytes() == 4 && !from.isFloat()) {
      long keep = from.isSigned() ? -1 : 0xffffffffL;
      return Lanes.widen(
          d,
          a,
          a,
          slots.constant64(0),
          (result, x, y, z) -> {
            for (int l = 0; l < COUNT; l++) {
              result[l] = x[l] & keep;
            }
          });
    }
    if (wideTarget) {
      return (warp, mask) -> {
        long[] x = wideSource ? warp.read64(a, mask) : widened(warp.read(a, mask));
        long[] result = warp.target64(d, mask);
        for (int l = 0; l < COUNT; l++) {
          result[l] = conversion.apply(x[l]);
        }
        warp.commit64(d, mask);
      };
    }
    boolean half = i.operand(0) instanceof Operand.Register r && r.type().bytes() == 2;
    int keep = half ? 0xffff : -1;
    if (wideSource) {
      return Lanes.narrow(
          d,
          a,
          (result, x) -> {
            for (int l = 0; l < COUNT; l++) {
              result[l] = (int) conversion.apply(x[l]) & keep;
            }
          });
    }
    return Lanes.unary(
        d,
        a,
        (result, x) -> {
          for (int l = 0; l < COUNT; l++) {
            result[l] = (int) conversion.apply(x[l]) & keep;
          }
        });
  }

  private static long[] widened(int[] words) {
    long[] wide = new long[COUNT];
    for (int l = 0; l < COUNT; l++) {
      wide[l] = words[l];
    }
    return wide;
  }

  private static boolean wideRegister(Operand operand) {
    return operand instanceof Operand.Register r && r.type().bytes() == 8;
  }

  private static Step pair(Instruction i, Slots slots, Type to) {
    slots.allow(i, 3, "rn");
    Half half = Half.of(to);
    return Lanes.binary(
        slots.target(i, i.operand(0), Type.B32),
        slots.source(i, 1, Type.F32),
        slots.source(i, 2, Type.F32),
        (d, high, low) -> {
          for (int l = 0; l < COUNT; l++) {
            d[l] =
                half.bits(Float.intBitsToFloat(high[l])) << 16
                    | half.bits(Float.intBitsToFloat(low[l]));
          }
        });
  }
}
