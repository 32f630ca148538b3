package org.rlhf4j.cuda.ptx;

/**
 * A kernel did something that is wrong on a GPU. The message names kernel, file, line, instruction,
 * block, thread and the values.
 */
public final class PtxFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What went wrong. */
  public enum Kind {
    OUT_OF_BOUNDS,
    MISALIGNED,
    UNINITIALISED_MEMORY,
    UNINITIALISED_REGISTER,
    RACE,
    BARRIER_DIVERGENCE,
    INACTIVE_LANE,
    ENDLESS_LOOP,
    TRAP
  }

  private final Kind kind;

  PtxFault(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
