package org.rlhf4j.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Two sides in turns, so that what else the machine does meets both: a batch of ours, a batch of
 * the peer's, in changing order, until the time is up. A batch takes about {@link #BATCH}. Before
 * it the process rests, since threads of a native library spin on for milliseconds after their last
 * call, on a core that the other side then lacks; and the side settles, uncounted.
 */
final class SideBySide {
  /** Seconds of a batch: long for a clock, short for a scheduler. */
  private static final double BATCH = 2e-3;

  /** Uncounted batches before one that counts. */
  private static final int SETTLING = 2;

  /** Milliseconds after which the process is asked whether a thread still works. */
  private static final int NAP = 10;

  /**
   * Quiet naps after which it is at rest. The process's time is counted in steps of 10 milliseconds
   * and read as of the last tick, so that a thread that spins seems idle in every tenth nap.
   */
  private static final int QUIET = 2;

  /** The most naps: no library that we know spins for longer. */
  private static final int NAPS = 30;

  private static final OperatingSystemMXBean PROCESS =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  /** Seconds of a stretch of warm-up; warm is a side in whose stretch the JIT hardly worked. */
  private static final double WARM_UP = 0.4;

  private static final double LONGEST_WARM_UP = 20;

  private static final int LEAST_ROUNDS = 5;
  private static final int RESAMPLES = 1000;

  private SideBySide() {}

  /**
   * Seconds of a call on each side.
   *
   * @param ours median
   * @param oursSpread third less first quartile, divided by the median
   * @param peer median
   * @param peerSpread likewise
   * @param ratio median of peer / ours over the rounds: above 1 we are faster
   * @param low lower end of its 95 % interval, by resampling the rounds
   * @param high upper end
   * @param fastest ratio of the fastest batches of the two sides, which other programs delay least
   * @param rounds how many there were
   */
  record Result(
      double ours,
      double oursSpread,
      double peer,
      double peerSpread,
      double ratio,
      double low,
      double high,
      double fastest,
      int rounds) {}

  /**
   * {@return how long a call takes on each side, measured for about this many seconds}
   *
   * @param warmUp seconds that ours runs for at least before it counts as warm
   */
  static Result run(Side ours, Side peer, double seconds, double warmUp) {
    int ourCalls = callsInABatch(ours, warmUp);
    int peerCalls = callsInABatch(peer, 0);
    List<double[]> rounds = new ArrayList<>();
    long end = System.nanoTime() + (long) (seconds * 1e9);
    while (rounds.size() < LEAST_ROUNDS || System.nanoTime() < end) {
      if (rounds.size() % 2 == 0) {
        double first = batch(ours, ourCalls);
        rounds.add(new double[] {first, batch(peer, peerCalls)});
      } else {
        double first = batch(peer, peerCalls);
        rounds.add(new double[] {batch(ours, ourCalls), first});
      }
    }
    return summary(
        rounds.stream().mapToDouble(round -> round[0]).toArray(),
        rounds.stream().mapToDouble(round -> round[1]).toArray());
  }

  /** Seconds of a call in a batch; a call longer than one settles by itself. */
  private static double batch(Side side, int calls) {
    rest();
    if (calls > 1) {
      side.seconds(SETTLING * calls);
    }
    return side.seconds(calls);
  }

  /**
   * Sleeps until the process takes less than half of a core, for as long as libraries spin.
   *
   * @return whether it does
   */
  private static boolean rest() {
    long before = PROCESS.getProcessCpuTime();
    int quiet = 0;
    for (int i = 0; i < NAPS && quiet < QUIET; i++) {
      try {
        Thread.sleep(NAP);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while measuring", e);
      }
      long now = PROCESS.getProcessCpuTime();
      quiet = now - before < NAP * 500_000L ? quiet + 1 : 0;
      before = now;
    }
    return quiet == QUIET;
  }

  /**
   * {@return medians, spreads and the interval of the ratio; rounds in the order of measurement}
   */
  static Result summary(double[] ours, double[] peer) {
    double[] ratios = new double[ours.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = peer[i] / ours[i];
    }
    SplittableRandom random = new SplittableRandom(1);
    double[] medians = new double[RESAMPLES];
    double[] sample = new double[ratios.length];
    for (int r = 0; r < RESAMPLES; r++) {
      for (int i = 0; i < sample.length; i++) {
        sample[i] = ratios[random.nextInt(ratios.length)];
      }
      medians[r] = quantile(sample, 0.5);
    }
    return new Result(
        quantile(ours, 0.5),
        spread(ours),
        quantile(peer, 0.5),
        spread(peer),
        quantile(ratios, 0.5),
        quantile(medians, 0.025),
        quantile(medians, 0.975),
        quantile(peer, 0) / quantile(ours, 0),
        ours.length);
  }

  private static double spread(double[] times) {
    return (quantile(times, 0.75) - quantile(times, 0.25)) / quantile(times, 0.5);
  }

  /** Linear between the two nearest values. */
  private static double quantile(double[] values, double q) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    double at = q * (sorted.length - 1);
    int below = (int) at;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }

  /** Runs until warm, then counts the calls that fill a batch. */
  private static int callsInABatch(Side side, double least) {
    CompilationMXBean jit = ManagementFactory.getCompilationMXBean();
    long start = System.nanoTime();
    double fastest;
    long compiling;
    boolean rested;
    do {
      compiling = jit.getTotalCompilationTime();
      fastest = Double.POSITIVE_INFINITY;
      long stretch = System.nanoTime();
      while (System.nanoTime() - stretch < WARM_UP * 1e9) {
        fastest = Math.min(fastest, side.seconds(1));
      }
      compiling = jit.getTotalCompilationTime() - compiling;
      rested = rest(); // what works for longer is the JIT, on methods that it has not yet counted
      for (boolean now = rested; !now && System.nanoTime() - start < LONGEST_WARM_UP * 1e9; ) {
        now = rest();
      }
    } while (System.nanoTime() - start < least * 1e9
        || ((compiling > 10 || !rested) && System.nanoTime() - start < LONGEST_WARM_UP * 1e9));
    return (int) Math.max(1, BATCH / fastest);
  }
}
