package org.rlhf4j.cuda.ptx;

import java.util.Arrays;

/**
 * 32 threads in lockstep. Registers are arrays of 32 lanes and remember which lanes were written. A
 * warp that diverges is a list of groups (instruction, lanes); the lowest (or highest) runs, and
 * groups that meet at an instruction merge, which finds the point of reconvergence by itself.
 */
final class Warp {
  final Machine machine;
  final int index;
  final long[] address = new long[Lanes.COUNT];
  final long[] stamp = new long[Lanes.COUNT];
  final long blockMask;
  long blockIndex;
  final Segment shared;
  final Segment local;

  private final int[][] words;
  private final long[][] longs;
  private final int[] predicates;
  private final int[] wordsWritten;
  private final int[] longsWritten;
  private final int[] predicatesWritten;
  private final int[] scratch = new int[Lanes.COUNT];
  private final long[] scratch64 = new long[Lanes.COUNT];

  /** Lanes that have not returned. */
  private int alive;

  private int pc;
  private int current;
  private int active;
  private int next;
  private boolean waiting;
  private int barrier = -1;
  private final int[] otherPc = new int[Lanes.COUNT];
  private final int[] otherLanes = new int[Lanes.COUNT];
  private final boolean[] otherWaiting = new boolean[Lanes.COUNT];
  private int others;

  Warp(Machine machine, int index, Segment shared) {
    Program program = machine.program;
    this.machine = machine;
    this.index = index;
    this.shared = shared;
    this.blockMask = Stamp.BARRIER - (1L << machine.blockShift);
    words = new int[program.words()][Lanes.COUNT];
    longs = new long[program.longs()][Lanes.COUNT];
    predicates = new int[program.predicates()];
    wordsWritten = new int[program.words()];
    longsWritten = new int[program.longs()];
    predicatesWritten = new int[program.predicates()];
    for (Program.Constant constant : program.constants()) {
      Arrays.fill(words[constant.slot()], constant.bits());
    }
    for (Program.Constant64 constant : program.constants64()) {
      Arrays.fill(longs[constant.slot()], constant.bits());
    }
    int localBytes = program.entry().localBytes();
    local = new Segment("local memory", 0, Math.max(4L, (localBytes + 3L) / 4 * 4 * 32));
    local.beginLaunch(machine.launch);
  }

  /** Back to the first instruction, as a warp of another block. */
  void start(long block) {
    Program program = machine.program;
    blockIndex = block;
    alive = startedLanes();
    pc = 0;
    active = alive;
    others = 0;
    barrier = -1;
    Arrays.fill(wordsWritten, 0);
    Arrays.fill(longsWritten, 0);
    Arrays.fill(predicatesWritten, 0);
    for (Program.Constant constant : program.constants()) {
      wordsWritten[constant.slot()] = -1;
    }
    for (Program.Constant64 constant : program.constants64()) {
      longsWritten[constant.slot()] = -1;
    }
    for (Program.SpecialSlot special : program.specials()) {
      special.register().fill(this, words[special.slot()]);
      wordsWritten[special.slot()] = -1;
    }
    for (int lane = 0; lane < Lanes.COUNT; lane++) {
      stamp[lane] = block << machine.blockShift | thread(lane);
    }
    if (program.entry().localBytes() > 0) {
      local.forget();
    }
  }

  /** Runs until every lane has returned or all wait at a barrier of the block. */
  void run() {
    barrier = -1;
    Program program = machine.program;
    Step[] steps = program.steps();
    int[] guards = program.guards();
    while (alive != 0) {
      int at = pc;
      current = at;
      int mask = active;
      machine.count(at, this);
      next = at + 1;
      int guard = guards[at];
      if (guard >= 0) {
        mask &= predicate(guard, mask) ^ program.guardFlips()[at];
      }
      if (mask != 0) {
        machine.counters.laneInstructions += Integer.bitCount(mask);
        steps[at].execute(this, mask);
        machine.trace.executed(this, at, mask);
      }
      pc = next;
      if (others > 0 || active == 0 || waiting) {
        regroup();
      }
      if (barrier >= 0) {
        return;
      }
    }
  }

  private void regroup() {
    if (active != 0) {
      join(pc, active, waiting);
    }
    waiting = false;
    int best = -1;
    boolean lowest = machine.options.divergence() == Options.Divergence.LOWEST_FIRST;
    for (int i = 0; i < others; i++) {
      if (!otherWaiting[i] && (best < 0 || (otherPc[i] < otherPc[best]) == lowest)) {
        best = i;
      }
    }
    if (best >= 0) {
      pc = otherPc[best];
      active = otherLanes[best];
      others--;
      otherPc[best] = otherPc[others];
      otherLanes[best] = otherLanes[others];
      otherWaiting[best] = otherWaiting[others];
    } else if (others > 0) {
      throw deadlock();
    }
  }

  private void join(int where, int lanes, boolean waits) {
    for (int i = 0; i < others; i++) {
      if (otherPc[i] == where) {
        otherLanes[i] |= lanes;
        otherWaiting[i] = false;
        return;
      }
    }
    otherPc[others] = where;
    otherLanes[others] = lanes;
    otherWaiting[others++] = waits;
  }

  private PtxFault deadlock() {
    current = otherPc[0];
    active = otherLanes[0];
    StringBuilder where = new StringBuilder();
    for (int i = 1; i < others; i++) {
      where
          .append(", lanes 0x")
          .append(Integer.toHexString(otherLanes[i]))
          .append(" at line ")
          .append(machine.program.entry().instructions().get(otherPc[i]).line());
    }
    return fault(
        machine.program.steps()[current] instanceof ControlSteps.BlockBarrier
            ? PtxFault.Kind.BARRIER_DIVERGENCE
            : PtxFault.Kind.INACTIVE_LANE,
        Integer.numberOfTrailingZeros(active),
        "waits for lanes that never come: lanes 0x"
            + Integer.toHexString(active)
            + " are here"
            + where
            + (alive == -1 ? "" : ", lanes 0x" + Integer.toHexString(~alive) + " have returned"));
  }

  // What control instructions do.

  void branch(int mask, int target) {
    if (mask == active) {
      next = target;
    } else {
      active &= ~mask;
      join(target, mask, false);
    }
  }

  void exit(int mask) {
    active &= ~mask;
    alive &= ~mask;
  }

  /**
   * Whether all lanes of {@code members} are here; if not, this group waits for them and the
   * instruction runs again when others have joined it.
   */
  boolean arrived(int members, int mask) {
    if ((members & active & ~mask) != 0) {
      throw fault(
          PtxFault.Kind.INACTIVE_LANE,
          Integer.numberOfTrailingZeros(members & active & ~mask),
          "is skipped by this lane's guard while other lanes of the warp synchronise in it");
    }
    if ((members & ~mask) == 0) {
      return true;
    }
    waiting = true;
    next = current;
    return false;
  }

  void waitAtBarrier(int number) {
    barrier = number;
  }

  int barrier() {
    return barrier;
  }

  boolean done() {
    return alive == 0;
  }

  int aliveLanes() {
    return alive;
  }

  /** Lanes that have a thread, returned or not. */
  int startedLanes() {
    long threads = machine.block.count() - 32L * index;
    return threads >= 32 ? -1 : (1 << threads) - 1;
  }

  /** The place in the program of the instruction that runs. */
  int instruction() {
    return current;
  }

  int activeLanes() {
    return active;
  }

  void passBlockBarrier() {
    for (int lane = 0; lane < Lanes.COUNT; lane++) {
      stamp[lane] = Stamp.blockBarrier(stamp[lane]);
    }
  }

  // Registers.

  int[] read(int slot, int mask) {
    if ((mask & ~wordsWritten[slot]) != 0) {
      throw unwritten(mask & ~wordsWritten[slot], Type.B32, slot);
    }
    return words[slot];
  }

  /** Where to compute a result; {@link #commit} then keeps the lanes of the mask. */
  int[] target(int slot, int mask) {
    return mask == -1 ? words[slot] : scratch;
  }

  void commit(int slot, int mask) {
    if (mask != -1) {
      int[] to = words[slot];
      for (int lane = 0; lane < Lanes.COUNT; lane++) {
        to[lane] = (mask >>> lane & 1) != 0 ? scratch[lane] : to[lane];
      }
    }
    wordsWritten[slot] |= mask;
  }

  /** The lanes of a register that the caller fills itself, for lanes of the mask only. */
  int[] lanes(int slot) {
    return words[slot];
  }

  void markWritten(int slot, int mask) {
    wordsWritten[slot] |= mask;
  }

  long[] read64(int slot, int mask) {
    if ((mask & ~longsWritten[slot]) != 0) {
      throw unwritten(mask & ~longsWritten[slot], Type.B64, slot);
    }
    return longs[slot];
  }

  long[] target64(int slot, int mask) {
    return mask == -1 ? longs[slot] : scratch64;
  }

  void commit64(int slot, int mask) {
    if (mask != -1) {
      long[] to = longs[slot];
      for (int lane = 0; lane < Lanes.COUNT; lane++) {
        to[lane] = (mask >>> lane & 1) != 0 ? scratch64[lane] : to[lane];
      }
    }
    longsWritten[slot] |= mask;
  }

  long[] lanes64(int slot) {
    return longs[slot];
  }

  void markWritten64(int slot, int mask) {
    longsWritten[slot] |= mask;
  }

  int predicate(int slot, int mask) {
    if ((mask & ~predicatesWritten[slot]) != 0) {
      throw unwritten(mask & ~predicatesWritten[slot], Type.PRED, slot);
    }
    return predicates[slot];
  }

  void setPredicate(int slot, int mask, int value) {
    predicates[slot] = (predicates[slot] & ~mask) | (value & mask);
    predicatesWritten[slot] |= mask;
  }

  // Messages.

  /** Linear index of a lane's thread in its block. */
  long thread(int lane) {
    return 32L * index + lane;
  }

  PtxFault fault(PtxFault.Kind kind, int lane, String what) {
    Instruction instruction = machine.program.entry().instructions().get(current);
    return new PtxFault(
        kind,
        machine.program.entry().file()
            + ":"
            + instruction.line()
            + ": kernel "
            + machine.program.entry().name()
            + ", block "
            + machine.grid.place(blockIndex)
            + ", thread "
            + machine.block.place(thread(lane))
            + ": "
            + instruction.text()
            + " "
            + what);
  }

  private PtxFault unwritten(int lanes, Type bank, int slot) {
    return fault(
        PtxFault.Kind.UNINITIALISED_REGISTER,
        Integer.numberOfTrailingZeros(lanes),
        "reads "
            + machine.registerName(current, bank, slot)
            + ", which this thread has not written");
  }

  String threadOf(long other) {
    long block = Stamp.thread(other) >>> machine.blockShift;
    long thread = Stamp.thread(other) & (1L << machine.blockShift) - 1;
    return "thread " + machine.block.place(thread) + " of block " + machine.grid.place(block);
  }
}
