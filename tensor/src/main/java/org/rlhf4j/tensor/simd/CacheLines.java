package org.rlhf4j.tensor.simd;

/** Fetching memory before it is needed, which Java has no instruction for. */
final class CacheLines {
  /** Floats of a line of the cache. */
  private static final int LINE = 16;

  private CacheLines() {}

  /**
   * Reads a number of each line of {@code n} floats, in the order in which they lie: many lines are
   * then on their way together, however many streams the loop that follows makes of them.
   *
   * @return their sum, to be stored somewhere, or C2 leaves the loads out
   */
  static float touch(float[] x, int first, int n) {
    float even = 0;
    float odd = 0;
    int i = first;
    for (; i <= first + n - 2 * LINE; i += 2 * LINE) {
      even += x[i];
      odd += x[i + LINE];
    }
    return even + odd;
  }
}
