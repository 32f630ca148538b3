package org.rlhf4j.cuda.ptx;

import java.util.List;

/**
 * A kernel decoded for execution. Constants and special registers have slots of their own behind
 * the declared registers, so that an operand is always a slot.
 *
 * @param guards slot of the guarding predicate of each step, or -1
 * @param guardFlips 0, or -1 where the guard is negated
 */
record Program(
    Entry entry,
    Step[] steps,
    int[] guards,
    int[] guardFlips,
    int words,
    int longs,
    int predicates,
    List<Constant> constants,
    List<Constant64> constants64,
    List<SpecialSlot> specials) {

  record Constant(int slot, int bits) {}

  record Constant64(int slot, long bits) {}

  record SpecialSlot(int slot, SpecialRegister register) {}
}
