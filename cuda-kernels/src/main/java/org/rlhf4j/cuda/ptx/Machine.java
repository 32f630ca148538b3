package org.rlhf4j.cuda.ptx;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Runs one launch: block after block, and in a block warp after warp from barrier to barrier. */
final class Machine {
  final Program program;
  final GlobalMemory global;
  final Segment parameters;
  final Dim grid;
  final Dim block;
  final Options options;
  final Trace trace;
  final long launch;
  final Counters counters = new Counters();

  /** Bits of a thread's place in its block, see {@link Stamp}. */
  final int blockShift;

  private final long[] executed;
  private final Warp[] warps;
  private final Segment shared;
  private final SplittableRandom random;
  private long budget;

  Machine(
      Program program,
      GlobalMemory global,
      Segment parameters,
      Dim grid,
      Dim block,
      int dynamicShared,
      Options options,
      Trace trace,
      long launch) {
    this.program = program;
    this.global = global;
    this.parameters = parameters;
    this.grid = grid;
    this.block = block;
    this.options = options;
    this.trace = trace;
    this.launch = launch;
    this.random = new SplittableRandom(options.seed());
    this.budget = options.budget();
    this.executed = new long[program.steps().length];
    this.blockShift = Math.max(5, 64 - Long.numberOfLeadingZeros(block.count() - 1));
    int sharedBytes = program.entry().sharedBytes() + dynamicShared;
    shared = new Segment("shared memory", 0, sharedBytes);
    shared.beginLaunch(launch);
    warps = new Warp[(int) Math.ceilDiv(block.count(), 32)];
    for (int i = 0; i < warps.length; i++) {
      warps[i] = new Warp(this, i, shared);
    }
  }

  LaunchReport run() {
    for (int index : order(Math.toIntExact(grid.count()))) {
      runBlock(index);
    }
    List<LaunchReport.Line> lines = new ArrayList<>();
    long instructions = 0;
    for (int i = 0; i < executed.length; i++) {
      Instruction instruction = program.entry().instructions().get(i);
      instructions += executed[i];
      lines.add(
          new LaunchReport.Line(
              instruction.line(), instruction.text(), instruction.name(), executed[i]));
    }
    return new LaunchReport(
        program.entry().name(),
        grid,
        block,
        instructions,
        counters.laneInstructions,
        counters.globalRequests,
        counters.globalSectors,
        counters.globalReadBytes,
        counters.globalWriteBytes,
        counters.sharedRequests,
        counters.bankConflicts,
        counters.barriers,
        List.copyOf(lines));
  }

  private void runBlock(int index) {
    shared.forget();
    for (Warp warp : warps) {
      warp.start(index);
    }
    while (true) {
      for (int i : order(warps.length)) {
        warps[i].run();
      }
      Warp first = warps[0];
      for (Warp warp : warps) {
        if (warp.done() != first.done() || warp.barrier() != first.barrier()) {
          throw divergence(warp.done() ? first : warp, warp.done() ? warp : first);
        }
      }
      if (first.done()) {
        return;
      }
      counters.barriers++;
      for (Warp warp : warps) {
        warp.passBlockBarrier();
      }
    }
  }

  private static PtxFault divergence(Warp waits, Warp other) {
    return waits.fault(
        PtxFault.Kind.BARRIER_DIVERGENCE,
        0,
        "waits at barrier "
            + waits.barrier()
            + " for warp "
            + other.index
            + ", which "
            + (other.done() ? "has returned" : "waits at barrier " + other.barrier()));
  }

  private int[] order(int count) {
    int[] order = IntStream.range(0, count).toArray();
    switch (options.order()) {
      case FORWARD -> {}
      case REVERSED -> {
        for (int i = 0; i < count; i++) {
          order[i] = count - 1 - i;
        }
      }
      case RANDOM -> {
        for (int i = count - 1; i > 0; i--) {
          int j = random.nextInt(i + 1);
          int swap = order[i];
          order[i] = order[j];
          order[j] = swap;
        }
      }
    }
    return order;
  }

  void count(int at, Warp warp) {
    executed[at]++;
    if (--budget < 0) {
      throw warp.fault(
          PtxFault.Kind.ENDLESS_LOOP,
          0,
          "is reached after " + options.budget() + " instructions, the budget of a launch");
    }
  }

  /** The name of a register among the operands of an instruction, for messages. */
  String registerName(int at, Type bank, int slot) {
    Instruction instruction = program.entry().instructions().get(at);
    List<Operand> operands = new ArrayList<>(instruction.operands());
    instruction.guard().ifPresent(guard -> operands.add(guard.predicate()));
    return operands.stream()
        .map(operand -> find(operand, bank, slot))
        .filter(name -> !name.isEmpty())
        .findFirst()
        .orElse("a register");
  }

  private static String find(Operand operand, Type bank, int slot) {
    return switch (operand) {
      case Operand.Register r -> r.slot() == slot && width(r.type()) == width(bank) ? r.name() : "";
      case Operand.Address address -> find(address.base(), bank, slot);
      case Operand.Pack pack ->
          pack.elements().stream().map(e -> find(e, bank, slot)).reduce("", String::concat);
      case Operand.Pair pair -> find(pair.first(), bank, slot) + find(pair.second(), bank, slot);
      case Operand.Not not -> find(not.predicate(), bank, slot);
      default -> "";
    };
  }

  /** The bank: predicates, up to 32 bits, 64 bits. */
  private static int width(Type type) {
    return type == Type.PRED ? 0 : Math.max(4, type.bytes());
  }
}
