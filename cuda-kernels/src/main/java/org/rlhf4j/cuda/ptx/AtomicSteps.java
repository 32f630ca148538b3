package org.rlhf4j.cuda.ptx;

import java.util.function.LongBinaryOperator;

/**
 * {@code atom} and {@code red}. Lanes take turns in ascending order, or in descending order under
 * any schedule but the forward one, so that a float sum which depends on the order shows it.
 */
final class AtomicSteps {
  private AtomicSteps() {}

  static Step decode(Instruction i, Slots slots) {
    boolean returns = i.name().equals("atom");
    boolean cas = i.has("cas");
    int operands = (returns ? 3 : 2) + (cas ? 1 : 0);
    slots.allow(
        i, operands, "global", "shared", "relaxed", "acquire", "release", "acq_rel", "cta", "gpu",
        "sys", "add", "min", "max", "and", "or", "xor", "exch", "cas", "inc", "dec");
    Type type = slots.type(i);
    if (type.bytes() < 4 || type == Type.F64) {
      throw slots.error(i, "is supported for 32 and 64 bits only");
    }
    int at = returns ? 1 : 0;
    if (!(i.operand(at) instanceof Operand.Address address)) {
      throw slots.error(i, "needs an address in brackets");
    }
    boolean wide = type.bytes() == 8;
    MemorySteps.Addresses addresses = MemorySteps.Addresses.of(i, slots, address);
    AddressSpace declared = AddressSpace.of(i);
    int d = returns ? slots.target(i, i.operand(0), type) : -1;
    int b = slots.source(i, at + 1, type);
    int c = cas ? slots.source(i, at + 2, type) : b;
    LongBinaryOperator f = operation(i, slots, type);
    return (warp, mask) -> {
      addresses.compute(warp, mask);
      AddressSpace space = declared.resolve(warp, mask);
      count(warp, space, mask, type.bytes());
      boolean forward = warp.machine.options.order() == Options.Order.FORWARD;
      for (int turn = 0; turn < Lanes.COUNT; turn++) {
        int lane = forward ? turn : Lanes.COUNT - 1 - turn;
        if ((mask >>> lane & 1) == 0) {
          continue;
        }
        Segment segment = space.locate(warp, lane, type.bytes());
        int word = (int) ((warp.address[lane] - segment.base) >>> 2);
        prepare(warp, lane, segment, word, type.bytes());
        long old = wide ? wide(segment.words, word) : segment.words[word];
        long operand = wide ? warp.read64(b, mask)[lane] : warp.read(b, mask)[lane];
        long swap = wide ? warp.read64(c, mask)[lane] : warp.read(c, mask)[lane];
        long result = cas ? (old == operand ? swap : old) : f.applyAsLong(old, operand);
        segment.words[word] = (int) result;
        if (wide) {
          segment.words[word + 1] = (int) (result >>> 32);
        }
        if (returns && wide) {
          warp.lanes64(d)[lane] = old;
        } else if (returns) {
          warp.lanes(d)[lane] = (int) old;
        }
      }
      if (returns && wide) {
        warp.markWritten64(d, mask);
      } else if (returns) {
        warp.markWritten(d, mask);
      }
    };
  }

  private static long wide(int[] words, int at) {
    return (words[at] & 0xffffffffL) | ((long) words[at + 1] << 32);
  }

  private static void count(Warp warp, AddressSpace space, int mask, int width) {
    if (space == AddressSpace.SHARED) {
      warp.machine.counters.shared(warp.address, mask, width);
    } else {
      warp.machine.counters.global(warp.address, mask, width, true);
    }
  }

  private static void prepare(Warp warp, int lane, Segment segment, int word, int width) {
    if ((warp.address[lane] & (width - 1)) != 0) {
      throw warp.fault(
          PtxFault.Kind.MISALIGNED,
          lane,
          "needs an address that is a multiple of "
              + width
              + ", got "
              + GlobalMemory.hex(warp.address[lane]));
    }
    if (warp.machine.options.checks()) {
      for (int w = word; w < word + width / 4; w++) {
        segment.requireWritten(warp, lane, w, 15);
        segment.write(warp, lane, w, 15, warp.stamp[lane] | Stamp.ATOMIC);
      }
    }
  }

  private static LongBinaryOperator operation(Instruction i, Slots slots, Type type) {
    if (type == Type.F32) {
      if (!i.has("add")) {
        throw slots.error(i, "is not supported for f32");
      }
      // Global float atomics flush subnormals whatever the modifiers say.
      boolean flush = !i.has("shared");
      return (old, b) -> {
        float x = Float.intBitsToFloat(flush ? FloatSteps.flush((int) old) : (int) old);
        float y = Float.intBitsToFloat(flush ? FloatSteps.flush((int) b) : (int) b);
        int sum = FloatSteps.result(x + y);
        return flush ? FloatSteps.flush(sum) : sum;
      };
    }
    if (type.isFloat()) {
      throw slots.error(i, "is not supported for " + type.text());
    }
    boolean signed = type.isSigned();
    boolean wide = type.bytes() == 8;
    String name =
        i.modifiers().stream()
            .filter(m ->
                java.util.List.of(
                        "add", "min", "max", "and", "or", "xor", "exch", "cas", "inc", "dec")
                    .contains(m))
            .findFirst()
            .orElseThrow(() -> slots.error(i, "names no operation"));
    return switch (name) {
      case "add" -> Long::sum;
      case "and" -> (old, b) -> old & b;
      case "or" -> (old, b) -> old | b;
      case "xor" -> (old, b) -> old ^ b;
      case "min" -> (old, b) -> compare(old, b, signed, wide) <= 0 ? old : b;
      case "max" -> (old, b) -> compare(old, b, signed, wide) >= 0 ? old : b;
      case "inc" -> (old, b) -> Integer.compareUnsigned((int) old, (int) b) >= 0 ? 0 : old + 1;
      case "dec" ->
          (old, b) ->
              (int) old == 0 || Integer.compareUnsigned((int) old, (int) b) > 0 ? b : old - 1;
      default -> (old, b) -> b;
    };
  }

  private static int compare(long a, long b, boolean signed, boolean wide) {
    if (wide) {
      return signed ? Long.compare(a, b) : Long.compareUnsigned(a, b);
    }
    return signed ? Integer.compare((int) a, (int) b) : Integer.compareUnsigned((int) a, (int) b);
  }
}
