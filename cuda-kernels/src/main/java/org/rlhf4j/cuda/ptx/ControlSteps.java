package org.rlhf4j.cuda.ptx;

/** Branches, returns, barriers and fences. */
final class ControlSteps {
  private ControlSteps() {}

  static Step decode(Instruction i, Slots slots) {
    return switch (i.name()) {
      case "bra" -> {
        slots.allow(i, 1, "uni");
        int target = slots.label(i);
        yield (warp, mask) -> warp.branch(mask, target);
      }
      case "ret", "exit" -> {
        slots.allow(i, 0, "uni");
        yield Warp::exit;
      }
      case "trap" -> {
        slots.allow(i, 0);
        yield (warp, mask) -> {
          throw warp.fault(
              PtxFault.Kind.TRAP, Integer.numberOfTrailingZeros(mask), "stops the kernel");
        };
      }
      // The interpreter is sequentially consistent, so a fence has nothing to do.
      case "membar", "fence" -> {
        slots.allow(i, 0, "cta", "gl", "sys", "gpu", "acq_rel", "sc");
        yield (warp, mask) -> {};
      }
      default -> i.has("warp") ? warpBarrier(i, slots) : blockBarrier(i, slots);
    };
  }

  private static Step warpBarrier(Instruction i, Slots slots) {
    slots.allow(i, 1, "warp", "sync");
    int members = slots.word(i, i.operand(0), Type.B32);
    return (warp, mask) -> {
      if (warp.arrived(WarpSteps.members(warp, members, mask), mask)) {
        for (int rest = mask; rest != 0; rest &= rest - 1) {
          int lane = Integer.numberOfTrailingZeros(rest);
          warp.stamp[lane] = Stamp.warpBarrier(warp.stamp[lane]);
        }
      }
    };
  }

  private static Step blockBarrier(Instruction i, Slots slots) {
    slots.allow(i, 1, "sync", "aligned", "cta");
    if (!(i.operand(0) instanceof Operand.Whole number)) {
      throw slots.error(i, "needs the number of the barrier as a constant");
    }
    return new BlockBarrier((int) number.value());
  }

  /** All warps of the block meet; a warp that is not whole waits for its other lanes first. */
  record BlockBarrier(int number) implements Step {
    @Override
    public void execute(Warp warp, int mask) {
      if (mask != warp.activeLanes()) {
        throw warp.fault(
            PtxFault.Kind.BARRIER_DIVERGENCE,
            Integer.numberOfTrailingZeros(warp.activeLanes() & ~mask),
            "is skipped by this lane's guard while other lanes of its warp wait");
      }
      if (warp.arrived(warp.startedLanes(), mask)) {
        warp.waitAtBarrier(number);
      }
    }
  }
}
