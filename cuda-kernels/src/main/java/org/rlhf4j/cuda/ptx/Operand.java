package org.rlhf4j.cuda.ptx;

import java.util.List;

/** What an instruction works on. */
sealed interface Operand {
  /** A declared register; {@code slot} is its place in the bank of its width. */
  record Register(String name, Type type, int slot) implements Operand {}

  /** A read-only register of the machine, such as {@code %tid.x}. */
  record Special(String name) implements Operand {}

  /** An integer constant. */
  record Whole(long value) implements Operand {}

  /** A float constant; rounded to the type of the instruction that uses it. */
  record Real(double value) implements Operand {}

  /** A float constant written as its 32 bits, {@code 0f3F800000}. */
  record Bits32(int bits) implements Operand {}

  /** A label, a parameter or a variable, by name. */
  record Symbol(String name) implements Operand {}

  /** {@code [base + offset]}. */
  record Address(Operand base, long offset) implements Operand {}

  /** {@code {a, b, c, d}}. */
  record Pack(List<Operand> elements) implements Operand {}

  /** {@code d|p}: two results. */
  record Pair(Operand first, Operand second) implements Operand {}

  /** {@code !p}. */
  record Not(Operand predicate) implements Operand {}

  /** {@code _}: a result that nobody wants. */
  record Sink() implements Operand {}
}
