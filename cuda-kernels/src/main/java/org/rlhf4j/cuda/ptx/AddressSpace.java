package org.rlhf4j.cuda.ptx;

/**
 * Where an access goes. Shared addresses start at 0 in each block and local ones at 0 in each
 * thread; in the generic space both have a window.
 */
enum AddressSpace {
  PARAM,
  GLOBAL,
  SHARED,
  LOCAL,
  GENERIC;

  static final long SHARED_WINDOW = 0x0100_0000_0000L;
  static final long LOCAL_WINDOW = 0x0200_0000_0000L;
  private static final long WINDOW_END = 0x0300_0000_0000L;

  static AddressSpace of(Instruction i) {
    for (AddressSpace space : values()) {
      if (i.has(space.name().toLowerCase(java.util.Locale.ROOT))) {
        return space;
      }
    }
    return GENERIC;
  }

  /** Replaces generic addresses by those of the one space that all lanes mean. */
  AddressSpace resolve(Warp warp, int mask) {
    if (this != GENERIC) {
      return this;
    }
    AddressSpace found = GENERIC;
    for (int rest = mask; rest != 0; rest &= rest - 1) {
      int lane = Integer.numberOfTrailingZeros(rest);
      long address = warp.address[lane];
      AddressSpace space = GLOBAL;
      if (address >= SHARED_WINDOW && address < WINDOW_END) {
        space = address < LOCAL_WINDOW ? SHARED : LOCAL;
        warp.address[lane] -= space == SHARED ? SHARED_WINDOW : LOCAL_WINDOW;
      }
      if (found != GENERIC && found != space) {
        throw warp.fault(
            PtxFault.Kind.OUT_OF_BOUNDS,
            lane,
            "mixes " + found + " and " + space + " addresses in one warp, which is not supported");
      }
      found = space;
    }
    return found;
  }

  /** The segment that holds an access of a lane; the address is then relative to its base. */
  Segment locate(Warp warp, int lane, int width) {
    long address = warp.address[lane];
    return switch (this) {
      case GLOBAL, GENERIC -> warp.machine.global.locate(warp, lane, address, width);
      case SHARED -> inside(warp, lane, width, warp.shared, warp.shared.bytes);
      case PARAM ->
          inside(warp, lane, width, warp.machine.parameters, warp.machine.parameters.bytes);
      case LOCAL -> inside(warp, lane, width, warp.local, warp.local.bytes);
    };
  }

  /** Gives each lane its own part of the local memory of the warp. */
  void place(Warp warp, int mask, int width) {
    if (this != LOCAL) {
      return;
    }
    int bytes = warp.machine.program.entry().localBytes();
    long stride = (bytes + 3L) / 4 * 4;
    for (int rest = mask; rest != 0; rest &= rest - 1) {
      int lane = Integer.numberOfTrailingZeros(rest);
      long address = warp.address[lane];
      if (address < 0 || address + width > bytes) {
        throw outside(warp, lane, width, "local memory", bytes);
      }
      warp.address[lane] = address + lane * stride;
    }
  }

  private static Segment inside(Warp warp, int lane, int width, Segment segment, long bytes) {
    if (!segment.contains(warp.address[lane], width)) {
      throw outside(warp, lane, width, segment.label, bytes);
    }
    return segment;
  }

  private static PtxFault outside(Warp warp, int lane, int width, String label, long bytes) {
    return warp.fault(
        PtxFault.Kind.OUT_OF_BOUNDS,
        lane,
        "touches "
            + width
            + " bytes at "
            + warp.address[lane]
            + " of the "
            + bytes
            + " bytes of "
            + label);
  }
}
