package org.rlhf4j.cuda.ptx;

/** A decoded instruction: does its work for the lanes of the mask, and for no other. */
@FunctionalInterface
interface Step {
  void execute(Warp warp, int mask);
}
