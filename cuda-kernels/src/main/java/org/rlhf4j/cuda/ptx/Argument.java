package org.rlhf4j.cuda.ptx;

/** An argument of a launch, with the type that the parameter in the text must have. */
public sealed interface Argument {
  /** A device address, {@code .u64}. */
  record Pointer(long address) implements Argument {}

  /** A whole number of 32 bits, {@code .u32} or {@code .s32}. */
  record Whole(int value) implements Argument {}

  /** {@code .f32}. */
  record Real(float value) implements Argument {}

  /** A whole number of 64 bits that is no address, {@code .s64}. */
  record Wide(long value) implements Argument {}
}
