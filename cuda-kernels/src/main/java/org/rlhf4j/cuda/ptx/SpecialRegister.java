package org.rlhf4j.cuda.ptx;

/** The read-only registers; each knows its value for a lane. */
enum SpecialRegister {
  TID_X((w, l) -> (int) (w.thread(l) % w.machine.block.x())),
  TID_Y((w, l) -> (int) (w.thread(l) / w.machine.block.x() % w.machine.block.y())),
  TID_Z((w, l) -> (int) (w.thread(l) / ((long) w.machine.block.x() * w.machine.block.y()))),
  NTID_X((w, l) -> w.machine.block.x()),
  NTID_Y((w, l) -> w.machine.block.y()),
  NTID_Z((w, l) -> w.machine.block.z()),
  CTAID_X((w, l) -> (int) (w.blockIndex % w.machine.grid.x())),
  CTAID_Y((w, l) -> (int) (w.blockIndex / w.machine.grid.x() % w.machine.grid.y())),
  CTAID_Z((w, l) -> (int) (w.blockIndex / ((long) w.machine.grid.x() * w.machine.grid.y()))),
  NCTAID_X((w, l) -> w.machine.grid.x()),
  NCTAID_Y((w, l) -> w.machine.grid.y()),
  NCTAID_Z((w, l) -> w.machine.grid.z()),
  LANEID((w, l) -> l),
  WARPID((w, l) -> w.index),
  NWARPID((w, l) -> (int) Math.ceilDiv(w.machine.block.count(), 32)),
  LANEMASK_EQ((w, l) -> 1 << l),
  LANEMASK_LT((w, l) -> (1 << l) - 1),
  LANEMASK_LE((w, l) -> (2 << l) - 1),
  LANEMASK_GT((w, l) -> -(2 << l)),
  LANEMASK_GE((w, l) -> -(1 << l));

  /** A value for each lane of a warp. */
  private interface Value {
    int of(Warp warp, int lane);
  }

  private final Value value;

  SpecialRegister(Value value) {
    this.value = value;
  }

  /** The spelling in PTX: {@code %tid.x}. */
  String text() {
    String text = "%" + name().toLowerCase(java.util.Locale.ROOT);
    return text.replaceFirst("_([xyz])$", ".$1");
  }

  void fill(Warp warp, int[] lanes) {
    for (int lane = 0; lane < Lanes.COUNT; lane++) {
      lanes[lane] = value.of(warp, lane);
    }
  }
}
