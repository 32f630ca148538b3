package org.rlhf4j.cuda.ptx;

import java.util.Arrays;
import java.util.List;

/** Turns the parsed instructions of a kernel into steps; each family of opcodes has its class. */
final class Decoder {
  private final Slots slots;
  private final Approximation approximation;

  private Decoder(Entry entry, Approximation approximation) {
    this.slots = new Slots(entry);
    this.approximation = approximation;
  }

  static Program decode(Entry entry, Approximation approximation) {
    return new Decoder(entry, approximation).program();
  }

  private Program program() {
    List<Instruction> instructions = slots.entry().instructions();
    int count = instructions.size();
    Step[] steps = new Step[count];
    int[] guards = new int[count];
    int[] guardFlips = new int[count];
    Arrays.fill(guards, -1);
    for (int at = 0; at < count; at++) {
      Instruction i = instructions.get(at);
      steps[at] = step(i);
      if (i.guard().isPresent()) {
        guards[at] = i.guard().get().predicate().slot();
        guardFlips[at] = i.guard().get().negated() ? -1 : 0;
      }
    }
    return slots.program(steps, guards, guardFlips);
  }

  private Step step(Instruction i) {
    return switch (i.name()) {
      case "ld", "st" -> MemorySteps.decode(i, slots);
      case "atom", "red" -> AtomicSteps.decode(i, slots);
      case "mov", "cvt", "cvta" -> ConvertSteps.decode(i, slots);
      case "setp", "selp", "slct" -> CompareSteps.decode(i, slots);
      case "shfl", "vote", "match", "redux", "activemask" -> WarpSteps.decode(i, slots);
      case "bra", "ret", "exit", "trap", "bar", "barrier", "membar", "fence" ->
          ControlSteps.decode(i, slots);
      case "and",
          "or",
          "xor",
          "not",
          "cnot",
          "shl",
          "shr",
          "popc",
          "clz",
          "bfind",
          "brev",
          "bfe",
          "bfi",
          "prmt",
          "lop3",
          "shf" ->
          BitSteps.decode(i, slots);
      case "add",
          "sub",
          "mul",
          "mad",
          "mul24",
          "sad",
          "div",
          "rem",
          "min",
          "max",
          "abs",
          "neg",
          "fma",
          "rcp",
          "sqrt",
          "rsqrt",
          "sin",
          "cos",
          "lg2",
          "ex2",
          "tanh",
          "copysign" ->
          arithmetic(i);
      default -> throw slots.error(i, "is an instruction that is not supported");
    };
  }

  private Step arithmetic(Instruction i) {
    return switch (slots.type(i)) {
      case F32 -> FloatSteps.decode(i, slots, approximation);
      case F16, BF16, F16X2, BF16X2 -> HalfSteps.decode(i, slots);
      case U16, S16, U32, S32, U64, S64 -> IntegerSteps.decode(i, slots);
      default -> throw slots.error(i, "is not supported for " + slots.type(i).text());
    };
  }
}
