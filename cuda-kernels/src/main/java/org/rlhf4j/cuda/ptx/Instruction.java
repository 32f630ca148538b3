package org.rlhf4j.cuda.ptx;

import java.util.List;
import java.util.Optional;

/**
 * One parsed instruction, before it is decoded.
 *
 * @param line line in the file, from 1
 * @param text the instruction as written, for messages
 * @param guard the predicate in front, {@code @p} or {@code @!p}
 * @param name the opcode without modifiers, {@code ld}
 * @param modifiers {@code global, v4, f32}
 */
record Instruction(
    int line,
    String text,
    Optional<Guard> guard,
    String name,
    List<String> modifiers,
    List<Operand> operands) {

  /** {@code @p} runs lanes where the predicate is true, {@code @!p} those where it is false. */
  record Guard(Operand.Register predicate, boolean negated) {}

  boolean has(String modifier) {
    return modifiers.contains(modifier);
  }

  Operand operand(int index) {
    return operands.get(index);
  }

  /** The types among the modifiers, in order: {@code cvt.f32.s32} has two. */
  List<Type> types() {
    return modifiers.stream().filter(Type::isType).map(Type::of).toList();
  }
}
