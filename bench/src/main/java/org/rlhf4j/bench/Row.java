package org.rlhf4j.bench;

import java.util.Locale;
import org.rlhf4j.bench.SideBySide.Result;

/**
 * A contest and how it went.
 *
 * @param peer who was beside us
 * @param seconds times and their ratio
 * @param work of a call
 * @param arithmeticSeconds what its arithmetic takes at the peak of the threads that ran
 * @param memorySeconds what its bytes take at the speed of copying on those threads
 */
record Row(
    String name,
    String shape,
    int threads,
    String peer,
    Result seconds,
    Work work,
    double arithmeticSeconds,
    double memorySeconds) {
  static final String HEADER =
      """
      | what | shape | threads | ours, ms | peer | its ms | ratio (95 %) | of the fastest | MFLOP | MB | bound by | reached | of bound |
      | --- | --- | ---: | ---: | --- | ---: | --- | ---: | ---: | ---: | --- | ---: | ---: |\
      """;

  private boolean boundByMemory() {
    return memorySeconds > arithmeticSeconds;
  }

  /** {@return how near the roof: 1 is all that the machine can do if no cache helps} */
  double share() {
    return Math.max(memorySeconds, arithmeticSeconds) / seconds.ours();
  }

  private String reached() {
    if (work.tokens() > 0) {
      return String.format(Locale.ROOT, "%.0f tokens/s", work.tokens() / seconds.ours());
    }
    return boundByMemory()
        ? String.format(Locale.ROOT, "%.1f GB/s", work.bytes() / seconds.ours() / 1e9)
        : String.format(Locale.ROOT, "%.1f GFLOP/s", work.flops() / seconds.ours() / 1e9);
  }

  /** {@return a line of the table under {@link #HEADER}} */
  String line() {
    return String.format(
        Locale.ROOT,
        "| %s | %s | %d | %.3f ± %.0f %% | %s | %.3f ± %.0f %% | %.2f (%.2f to %.2f) | %.2f | %.4g | %.3g |"
            + " %s | %s | %.0f %% |",
        name,
        shape,
        threads,
        1e3 * seconds.ours(),
        50 * seconds.oursSpread(),
        peer,
        1e3 * seconds.peer(),
        50 * seconds.peerSpread(),
        seconds.ratio(),
        seconds.low(),
        seconds.high(),
        seconds.fastest(),
        work.flops() / 1e6,
        work.bytes() / 1e6,
        boundByMemory() ? "memory" : "arithmetic",
        reached(),
        100 * share());
  }
}
