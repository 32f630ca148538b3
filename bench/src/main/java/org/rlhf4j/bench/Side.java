package org.rlhf4j.bench;

/** One side of a contest: work that can be repeated and timed. */
@FunctionalInterface
interface Side {
  /** {@return seconds of a call, the mean over so many in a row} */
  double seconds(int calls);

  /** {@return a side whose clock is the JVM's} */
  static Side of(Runnable work) {
    return calls -> {
      long start = System.nanoTime();
      for (int i = 0; i < calls; i++) {
        work.run();
      }
      return (System.nanoTime() - start) * 1e-9 / calls;
    };
  }
}
