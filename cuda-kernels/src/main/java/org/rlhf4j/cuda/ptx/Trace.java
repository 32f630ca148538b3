package org.rlhf4j.cuda.ptx;

/** Sees every instruction after it was executed. */
@FunctionalInterface
interface Trace {
  Trace NONE = (warp, instruction, mask) -> {};

  void executed(Warp warp, int instruction, int mask);
}
