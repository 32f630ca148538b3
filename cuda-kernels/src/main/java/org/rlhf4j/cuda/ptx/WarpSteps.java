package org.rlhf4j.cuda.ptx;

import static org.rlhf4j.cuda.ptx.Lanes.COUNT;

import java.util.function.IntBinaryOperator;

/** Instructions in which the lanes of a warp exchange values: shuffles, votes, matches. */
final class WarpSteps {
  private WarpSteps() {}

  static Step decode(Instruction i, Slots slots) {
    return switch (i.name()) {
      case "shfl" -> shuffle(i, slots);
      case "vote" -> vote(i, slots);
      case "match" -> match(i, slots);
      case "redux" -> reduce(i, slots);
      default -> {
        slots.allow(i, 1);
        int d = slots.target(i, i.operand(0), Type.B32);
        yield (warp, mask) -> {
          java.util.Arrays.fill(warp.target(d, mask), mask);
          warp.commit(d, mask);
        };
      }
    };
  }

  /** Lanes that the instruction waits for: those of the operand that have not returned. */
  static int members(Warp warp, int slot, int mask) {
    int first = Integer.numberOfTrailingZeros(mask);
    int members = warp.read(slot, mask)[first];
    int outside = mask & ~members;
    if (outside != 0) {
      throw warp.fault(
          PtxFault.Kind.INACTIVE_LANE,
          Integer.numberOfTrailingZeros(outside),
          "is executed by a lane that its mask 0x"
              + Integer.toHexString(members)
              + " does not name");
    }
    return members & warp.aliveLanes();
  }

  private static Step shuffle(Instruction i, Slots slots) {
    slots.allow(i, 5, "sync", "up", "down", "bfly", "idx");
    requireSync(i, slots);
    boolean pair = i.operand(0) instanceof Operand.Pair;
    Operand result = i.operand(0) instanceof Operand.Pair p ? p.first() : i.operand(0);
    int inRange =
        i.operand(0) instanceof Operand.Pair p ? slots.target(i, p.second(), Type.PRED) : -1;
    int d = slots.target(i, result, Type.B32);
    int a = slots.word(i, i.operand(1), Type.B32);
    int b = slots.word(i, i.operand(2), Type.B32);
    int c = slots.word(i, i.operand(3), Type.B32);
    int members = slots.word(i, i.operand(4), Type.B32);
    Source source = source(i, slots);
    boolean up = i.has("up");
    return (warp, mask) -> {
      if (!warp.arrived(members(warp, members, mask), mask)) {
        return;
      }
      int[] from = warp.read(a, mask);
      int[] by = warp.read(b, mask);
      int[] clamp = warp.read(c, mask);
      int[] values = new int[COUNT];
      int valid = 0;
      int wanted = 0;
      for (int l = 0; l < COUNT; l++) {
        int segment = clamp[l] >>> 8 & 31;
        int last = (l & segment) | (clamp[l] & 31 & ~segment);
        int j = source.of(l, by[l] & 31, segment);
        boolean ok = up ? j >= last : j <= last;
        int chosen = ok ? j & 31 : l;
        valid |= (ok ? 1 : 0) << l;
        wanted |= (mask >>> l & 1) << chosen;
        values[l] = from[chosen];
      }
      if ((wanted & ~mask) != 0) {
        throw inactive(warp, mask, wanted & ~mask);
      }
      System.arraycopy(values, 0, warp.target(d, mask), 0, COUNT);
      warp.commit(d, mask);
      if (pair) {
        warp.setPredicate(inRange, mask, valid);
      }
    };
  }

  /** The lane that a lane reads. */
  private interface Source {
    int of(int lane, int by, int segment);
  }

  private static Source source(Instruction i, Slots slots) {
    if (i.has("bfly")) {
      return (lane, by, segment) -> lane ^ by;
    }
    if (i.has("down")) {
      return (lane, by, segment) -> lane + by;
    }
    if (i.has("up")) {
      return (lane, by, segment) -> lane - by;
    }
    if (i.has("idx")) {
      return (lane, by, segment) -> (lane & segment) | (by & ~segment);
    }
    throw slots.error(i, "needs .up, .down, .bfly or .idx");
  }

  private static PtxFault inactive(Warp warp, int mask, int missing) {
    int lane = Integer.numberOfTrailingZeros(missing);
    return warp.fault(
        PtxFault.Kind.INACTIVE_LANE,
        Integer.numberOfTrailingZeros(mask),
        "reads lane " + lane + " of the warp, which is not active here");
  }

  private static Step vote(Instruction i, Slots slots) {
    slots.allow(i, 3, "sync", "all", "any", "uni", "ballot");
    requireSync(i, slots);
    boolean negated = i.operand(1) instanceof Operand.Not;
    Operand source = i.operand(1) instanceof Operand.Not not ? not.predicate() : i.operand(1);
    int p = slots.predicate(i, source);
    int members = slots.word(i, i.operand(2), Type.B32);
    boolean ballot = i.has("ballot");
    int d = slots.target(i, i.operand(0), ballot ? Type.B32 : Type.PRED);
    return (warp, mask) -> {
      if (!warp.arrived(members(warp, members, mask), mask)) {
        return;
      }
      int votes = (negated ? ~warp.predicate(p, mask) : warp.predicate(p, mask)) & mask;
      if (ballot) {
        java.util.Arrays.fill(warp.target(d, mask), votes);
        warp.commit(d, mask);
      } else {
        boolean holds = i.has("any") ? votes != 0 : votes == mask || (i.has("uni") && votes == 0);
        warp.setPredicate(d, mask, holds ? -1 : 0);
      }
    };
  }

  /** The lanes that hold the same value. */
  private static Step match(Instruction i, Slots slots) {
    slots.allow(i, 3, "sync", "any");
    requireSync(i, slots);
    int d = slots.target(i, i.operand(0), Type.B32);
    int a = slots.word(i, i.operand(1), Type.B32);
    int members = slots.word(i, i.operand(2), Type.B32);
    return (warp, mask) -> {
      if (!warp.arrived(members(warp, members, mask), mask)) {
        return;
      }
      int[] from = warp.read(a, mask);
      int[] equal = new int[COUNT];
      for (int l = 0; l < COUNT; l++) {
        for (int other = 0; other < COUNT; other++) {
          equal[l] |= (from[l] == from[other] ? 1 : 0) << other;
        }
        equal[l] &= mask;
      }
      System.arraycopy(equal, 0, warp.target(d, mask), 0, COUNT);
      warp.commit(d, mask);
    };
  }

  private static Step reduce(Instruction i, Slots slots) {
    slots.allow(i, 3, "sync", "add", "min", "max", "and", "or", "xor");
    requireSync(i, slots);
    boolean signed = slots.type(i).isSigned();
    IntBinaryOperator f =
        switch (i.modifiers().get(1)) {
          case "add" -> Integer::sum;
          case "min" -> signed ? Math::min : (x, y) -> Integer.compareUnsigned(x, y) < 0 ? x : y;
          case "max" -> signed ? Math::max : (x, y) -> Integer.compareUnsigned(x, y) > 0 ? x : y;
          case "and" -> (x, y) -> x & y;
          case "or" -> (x, y) -> x | y;
          default -> (x, y) -> x ^ y;
        };
    int d = slots.target(i, i.operand(0), Type.B32);
    int a = slots.word(i, i.operand(1), Type.B32);
    int members = slots.word(i, i.operand(2), Type.B32);
    return (warp, mask) -> {
      if (!warp.arrived(members(warp, members, mask), mask)) {
        return;
      }
      int[] from = warp.read(a, mask);
      int first = Integer.numberOfTrailingZeros(mask);
      int result = from[first];
      for (int rest = mask & mask - 1; rest != 0; rest &= rest - 1) {
        result = f.applyAsInt(result, from[Integer.numberOfTrailingZeros(rest)]);
      }
      java.util.Arrays.fill(warp.target(d, mask), result);
      warp.commit(d, mask);
    };
  }

  private static void requireSync(Instruction i, Slots slots) {
    if (!i.has("sync")) {
      throw slots.error(i, "exists with .sync only since sm_70");
    }
  }
}
