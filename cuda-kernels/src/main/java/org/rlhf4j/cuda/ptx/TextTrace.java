package org.rlhf4j.cuda.ptx;

import java.util.function.Consumer;

/** A line for each instruction: block, warp, active lanes, and the results of the first of them. */
record TextTrace(Consumer<String> lines) implements Trace {
  @Override
  public void executed(Warp warp, int at, int mask) {
    Instruction instruction = warp.machine.program.entry().instructions().get(at);
    lines.accept(
        "block %s warp %d lanes %08x line %d: %s%s"
            .formatted(
                warp.machine.grid.place(warp.blockIndex),
                warp.index,
                mask,
                instruction.line(),
                instruction.text(),
                result(warp, instruction, Integer.numberOfTrailingZeros(mask))));
  }

  /** What the first active lane has in the first operand, where that is a register. */
  private static String result(Warp warp, Instruction instruction, int lane) {
    if (instruction.operands().isEmpty()
        || !(instruction.operand(0) instanceof Operand.Register r)) {
      return "";
    }
    String value =
        switch (r.type()) {
          case PRED -> String.valueOf((warp.predicate(r.slot(), 1 << lane) >>> lane & 1) != 0);
          case F32 -> String.valueOf(Float.intBitsToFloat(warp.lanes(r.slot())[lane]));
          default ->
              r.type().bytes() == 8
                  ? "0x" + Long.toHexString(warp.lanes64(r.slot())[lane])
                  : String.valueOf(warp.lanes(r.slot())[lane]);
        };
    return "   " + r.name() + "[" + lane + "] = " + value;
  }
}
