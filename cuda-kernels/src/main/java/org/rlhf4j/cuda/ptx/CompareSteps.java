package org.rlhf4j.cuda.ptx;

import static org.rlhf4j.cuda.ptx.Lanes.COUNT;

import java.util.Set;
import java.util.function.IntBinaryOperator;

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
    Accepted accepted = accepted(i, slots, false);
    // 16 bits move to the top, unsigned numbers below the signed ones: then one comparison does
    boolean signed = type.isSigned() && !accepted.unsigned();
    int shift = signed && type.bytes() == 2 ? 16 : 0;
    int flip = signed ? 0 : Integer.MIN_VALUE;
    int codes = accepted.codes();
    return (a, b) -> {
      int lanes = 0;
      for (int l = 0; l < COUNT; l++) {
        int order = Integer.compare(a[l] << shift ^ flip, b[l] << shift ^ flip);
        lanes |= (codes >>> (order + 1) & 1) << l;
      }
      return lanes;
    };
  }

  private static Lanes.Compare64 longs(Instruction i, Slots slots, Type type) {
    Accepted accepted = accepted(i, slots, false);
    long flip = type.isSigned() && !accepted.unsigned() ? 0 : Long.MIN_VALUE;
    int codes = accepted.codes();
    return (a, b) -> {
      int lanes = 0;
      for (int l = 0; l < COUNT; l++) {
        int order = Long.compare(a[l] ^ flip, b[l] ^ flip);
        lanes |= (codes >>> (order + 1) & 1) << l;
      }
      return lanes;
    };
  }

  private static Lanes.Compare floats(Instruction i, Slots slots, Type type) {
    if (type.bytes() == 4 && type != Type.F32) {
      throw slots.error(i, "is not supported for pairs");
    }
    int codes = accepted(i, slots, true).codes();
    boolean ftz = i.has("ftz");
    return (a, b) -> {
      int lanes = 0;
      for (int l = 0; l < COUNT; l++) {
        float x = value(a[l], type, ftz);
        float y = value(b[l], type, ftz);
        int order = x < y ? 0 : x == y ? 1 : x > y ? 2 : 3;
        lanes |= (codes >>> order & 1) << l;
      }
      return lanes;
    };
  }

  private static final int LESS = 1;
  private static final int EQUAL = 2;
  private static final int GREATER = 4;
  private static final int UNORDERED = 8;

  /** The orders of two numbers for which a relation holds, a bit each. */
  private record Accepted(int codes, boolean unsigned) {}

  private static Accepted accepted(Instruction i, Slots slots, boolean real) {
    String relation = relation(i);
    int codes =
        switch (relation) {
          case "eq" -> EQUAL;
          case "ne" -> LESS | GREATER;
          case "lt" -> LESS;
          case "le" -> LESS | EQUAL;
          case "gt" -> GREATER;
          case "ge" -> EQUAL | GREATER;
          case "lo" -> real ? 0 : LESS;
          case "ls" -> real ? 0 : LESS | EQUAL;
          case "hi" -> real ? 0 : GREATER;
          case "hs" -> real ? 0 : EQUAL | GREATER;
          case "equ" -> real ? EQUAL | UNORDERED : 0;
          case "neu" -> real ? LESS | GREATER | UNORDERED : 0;
          case "ltu" -> real ? LESS | UNORDERED : 0;
          case "leu" -> real ? LESS | EQUAL | UNORDERED : 0;
          case "gtu" -> real ? GREATER | UNORDERED : 0;
          case "geu" -> real ? EQUAL | GREATER | UNORDERED : 0;
          case "num" -> real ? LESS | EQUAL | GREATER : 0;
          case "nan" -> real ? UNORDERED : 0;
          default -> 0;
        };
    if (codes == 0) {
      throw slots.error(
          i,
          real
              ? "compares floats in a way that only integers have"
              : "compares integers in a way that only floats have");
    }
    return new Accepted(codes, Set.of("lo", "ls", "hi", "hs").contains(relation));
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
