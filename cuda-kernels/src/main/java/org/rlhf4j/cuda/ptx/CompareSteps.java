package org.rlhf4j.cuda.ptx;

import static org.rlhf4j.cuda.ptx.Lanes.COUNT;

import java.util.function.IntBinaryOperator;
import java.util.function.IntPredicate;

/** {@code setp}, {@code selp}, {@code slct}: comparisons that give predicates, and choices. */
final class CompareSteps {
  private static final String[] RELATIONS = {
    "eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs", "equ", "neu", "ltu", "leu", "gtu",
    "geu", "num", "nan"
  };

  private CompareSteps() {}

  static Step decode(Instruction i, Slots slots) {
    return switch (i.name()) {
      case "setp" -> setp(i, slots);
      case "selp" -> selp(i, slots);
      default -> slct(i, slots);
    };
  }

  private static Step setp(Instruction i, Slots slots) {
    boolean combined = i.has("and") || i.has("or") || i.has("xor");
    String[] known = java.util.Arrays.copyOf(RELATIONS, RELATIONS.length + 4);
    System.arraycopy(new String[] {"and", "or", "xor", "ftz"}, 0, known, RELATIONS.length, 4);
    slots.allow(i, combined ? 4 : 3, known);
    Type type = slots.type(i);
    int p;
    int q = -1;
    if (i.operand(0) instanceof Operand.Pair pair) {
      p = slots.target(i, pair.first(), Type.PRED);
      q = slots.target(i, pair.second(), Type.PRED);
    } else {
      p = slots.target(i, i.operand(0), Type.PRED);
    }
    int second = q;
    int a = slots.source(i, 1, type);
    int b = slots.source(i, 2, type);
    Condition condition = combined ? condition(i, slots) : (warp, mask) -> -1;
    IntBinaryOperator join =
        i.has("or") ? (x, c) -> x | c : i.has("xor") ? (x, c) -> x ^ c : (x, c) -> x & c;
    if (type.bytes() == 8) {
      Lanes.Compare64 compare = longs(i, slots, type);
      return (warp, mask) -> {
        int relation = compare.apply(warp.read64(a, mask), warp.read64(b, mask));
        set(warp, mask, p, second, relation, condition.lanes(warp, mask), join);
      };
    }
    Lanes.Compare compare = words(i, slots, type);
    return (warp, mask) -> {
      int relation = compare.apply(warp.read(a, mask), warp.read(b, mask));
      set(warp, mask, p, second, relation, condition.lanes(warp, mask), join);
    };
  }

  /** The predicate that a comparison is joined with. */
  private interface Condition {
    int lanes(Warp warp, int mask);
  }

  private static Condition condition(Instruction i, Slots slots) {
    if (i.operand(3) instanceof Operand.Not not) {
      int slot = slots.predicate(i, not.predicate());
      return (warp, mask) -> ~warp.predicate(slot, mask);
    }
    int slot = slots.predicate(i, i.operand(3));
    return (warp, mask) -> warp.predicate(slot, mask);
  }

  private static void set(
      Warp warp, int mask, int p, int q, int relation, int condition, IntBinaryOperator join) {
    warp.setPredicate(p, mask, join.applyAsInt(relation, condition));
    if (q >= 0) {
      warp.setPredicate(q, mask, join.applyAsInt(~relation, condition));
    }
  }

  private static Lanes.Compare words(Instruction i, Slots slots, Type type) {
    if (type.isFloat()) {
      return floats(i, slots, type);
    }
    boolean signed = type.isSigned();
    boolean half = type.bytes() == 2;
    return switch (relation(i)) {
      case "eq" -> each(c -> c == 0, true);
      case "ne" -> each(c -> c != 0, true);
      case "lt" -> signed ? signed(c -> c < 0, half) : each(c -> c < 0, false);
      case "le" -> signed ? signed(c -> c <= 0, half) : each(c -> c <= 0, false);
      case "gt" -> signed ? signed(c -> c > 0, half) : each(c -> c > 0, false);
      case "ge" -> signed ? signed(c -> c >= 0, half) : each(c -> c >= 0, false);
      case "lo" -> each(c -> c < 0, false);
      case "ls" -> each(c -> c <= 0, false);
      case "hi" -> each(c -> c > 0, false);
      case "hs" -> each(c -> c >= 0, false);
      default -> throw slots.error(i, "compares integers in a way that only floats have");
    };
  }

  private static Lanes.Compare each(IntPredicate holds, boolean equality) {
    return (a, b) -> {
      int lanes = 0;
      for (int l = 0; l < COUNT; l++) {
        int order = equality ? a[l] ^ b[l] : Integer.compareUnsigned(a[l], b[l]);
        lanes |= (holds.test(order) ? 1 : 0) << l;
      }
      return lanes;
    };
  }

  private static Lanes.Compare signed(IntPredicate holds, boolean half) {
    return (a, b) -> {
      int lanes = 0;
      for (int l = 0; l < COUNT; l++) {
        int order = half ? (short) a[l] - (short) b[l] : Integer.compare(a[l], b[l]);
        lanes |= (holds.test(order) ? 1 : 0) << l;
      }
      return lanes;
    };
  }

  private static Lanes.Compare64 longs(Instruction i, Slots slots, Type type) {
    boolean signed = type.isSigned();
    IntPredicate holds =
        switch (relation(i)) {
          case "eq" -> c -> c == 0;
          case "ne" -> c -> c != 0;
          case "lt", "lo" -> c -> c < 0;
          case "le", "ls" -> c -> c <= 0;
          case "gt", "hi" -> c -> c > 0;
          case "ge", "hs" -> c -> c >= 0;
          default -> throw slots.error(i, "compares integers in a way that only floats have");
        };
    return (a, b) -> {
      int lanes = 0;
      for (int l = 0; l < COUNT; l++) {
        int order = signed ? Long.compare(a[l], b[l]) : Long.compareUnsigned(a[l], b[l]);
        lanes |= (holds.test(order) ? 1 : 0) << l;
      }
      return lanes;
    };
  }

  /** Order of two floats as a code: -1 less, 0 equal, 1 greater, 2 unordered. */
  private static Lanes.Compare floats(Instruction i, Slots slots, Type type) {
    if (type.bytes() == 4 && type != Type.F32) {
      throw slots.error(i, "is not supported for pairs");
    }
    IntPredicate holds =
        switch (relation(i)) {
          case "eq" -> c -> c == 0;
          case "ne" -> c -> c == -1 || c == 1;
          case "lt" -> c -> c == -1;
          case "le" -> c -> c <= 0;
          case "gt" -> c -> c == 1;
          case "ge" -> c -> c == 0 || c == 1;
          case "equ" -> c -> c == 0 || c == 2;
          case "neu" -> c -> c != 0;
          case "ltu" -> c -> c == -1 || c == 2;
          case "leu" -> c -> c <= 0 || c == 2;
          case "gtu" -> c -> c > 0;
          case "geu" -> c -> c >= 0;
          case "num" -> c -> c != 2;
          case "nan" -> c -> c == 2;
          default -> throw slots.error(i, "compares floats in a way that only integers have");
        };
    boolean ftz = i.has("ftz");
    return (a, b) -> {
      int lanes = 0;
      for (int l = 0; l < COUNT; l++) {
        float x = value(a[l], type, ftz);
        float y = value(b[l], type, ftz);
        int order = x < y ? -1 : x > y ? 1 : x == y ? 0 : 2;
        lanes |= (holds.test(order) ? 1 : 0) << l;
      }
      return lanes;
    };
  }

  private static float value(int bits, Type type, boolean ftz) {
    return type != Type.F32
        ? Half.of(type).value(bits)
        : Float.intBitsToFloat(ftz ? FloatSteps.flush(bits) : bits);
  }

  private static String relation(Instruction i) {
    for (String modifier : i.modifiers()) {
      for (String relation : RELATIONS) {
        if (relation.equals(modifier)) {
          return relation;
        }
      }
    }
    return "";
  }

  private static Step selp(Instruction i, Slots slots) {
    slots.allow(i, 4);
    Type type = slots.type(i);
    int d = slots.target(i, i.operand(0), type);
    int a = slots.source(i, 1, type);
    int b = slots.source(i, 2, type);
    int p = slots.predicate(i, i.operand(3));
    if (type.bytes() == 8) {
      return (warp, mask) -> {
        int choice = warp.predicate(p, mask);
        long[] x = warp.read64(a, mask);
        long[] y = warp.read64(b, mask);
        long[] to = warp.target64(d, mask);
        for (int l = 0; l < COUNT; l++) {
          to[l] = (choice >>> l & 1) != 0 ? x[l] : y[l];
        }
        warp.commit64(d, mask);
      };
    }
    return (warp, mask) -> {
      int choice = warp.predicate(p, mask);
      int[] x = warp.read(a, mask);
      int[] y = warp.read(b, mask);
      int[] to = warp.target(d, mask);
      for (int l = 0; l < COUNT; l++) {
        to[l] = (choice >>> l & 1) != 0 ? x[l] : y[l];
      }
      warp.commit(d, mask);
    };
  }

  /** d = c >= 0 ? a : b. */
  private static Step slct(Instruction i, Slots slots) {
    slots.allow(i, 4);
    Type type = i.types().getFirst();
    boolean real = slots.type(i) == Type.F32;
    if (type.bytes() != 4) {
      throw slots.error(i, "is supported for 32 bits only");
    }
    return Lanes.ternary(
        slots.target(i, i.operand(0), type),
        slots.source(i, 1, type),
        slots.source(i, 2, type),
        slots.word(i, i.operand(3), slots.type(i)),
        (d, a, b, c) -> {
          for (int l = 0; l < COUNT; l++) {
            d[l] = (real ? Float.intBitsToFloat(c[l]) >= 0 : c[l] >= 0) ? a[l] : b[l];
          }
        });
  }
}
