package org.rlhf4j.bench;

import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What one core can do: multiply-adds in registers, and copying memory that no cache holds. */
@State(Scope.Benchmark)
@Fork(value = 1, jvmArgsAppend = Peers.MODULES)
public class Peaks {
  static final int ROUNDS = 1 << 14;
  static final int CHAINS = 12;
  static final int COPIED = 1 << 26;

  private final float factor = 1 - 1e-7f;
  private final float[] from = new float[COPIED / 4];
  private final float[] to = new float[COPIED / 4];

  /** {@return floating-point operations of one call of {@link #multiplyAdd}} */
  static double flops() {
    return 2.0 * FloatVector.SPECIES_PREFERRED.length() * CHAINS * ROUNDS;
  }

  /** {@return 1e9 operations a second of {@link #multiplyAdd}, the best of many calls} */
  static double gigaflops() {
    Peaks peaks = new Peaks();
    return flops() / fastest(peaks::multiplyAdd) / 1e9;
  }

  /**
   * {@return 1e9 bytes a second, read and written, of {@link #copy} on so many threads at once: the
   * best of many rounds, each as long as its slowest thread}
   */
  static double gigabytes(int threads) {
    List<Peaks> copies = Stream.generate(Peaks::new).limit(threads).toList();
    try (ForkJoinPool pool = new ForkJoinPool(threads)) {
      double seconds =
          fastest(() -> {
            List<ForkJoinTask<float[]>> running =
                copies.stream().map(copy -> pool.submit(copy::copy)).toList();
            return running.stream().mapToDouble(task -> task.join()[0]).sum();
          });
      return 2.0 * COPIED * threads / seconds / 1e9;
    }
  }

  private static double fastest(DoubleSupplier work) {
    long start = System.nanoTime();
    long fastest = Long.MAX_VALUE;
    double sum = 0; // so that the work cannot be left out
    while (System.nanoTime() - start < 1_000_000_000L) {
      long before = System.nanoTime();
      sum += work.getAsDouble();
      fastest = Math.min(fastest, System.nanoTime() - before);
    }
    if (Double.isNaN(sum)) {
      throw new AssertionError("the peaks are measured on numbers");
    }
    return fastest * 1e-9;
  }

  /** Twelve independent chains, enough to hide the latency of two units. */
  @Benchmark
  public float multiplyAdd() {
    FloatVector m = FloatVector.broadcast(FloatVector.SPECIES_PREFERRED, factor);
    FloatVector a = m;
    FloatVector b = m;
    FloatVector c = m;
    FloatVector d = m;
    FloatVector e = m;
    FloatVector f = m;
    FloatVector g = m;
    FloatVector h = m;
    FloatVector i = m;
    FloatVector j = m;
    FloatVector k = m;
    FloatVector l = m;
    for (int round = 0; round < ROUNDS; round++) {
      a = a.fma(m, m);
      b = b.fma(m, m);
      c = c.fma(m, m);
      d = d.fma(m, m);
      e = e.fma(m, m);
      f = f.fma(m, m);
      g = g.fma(m, m);
      h = h.fma(m, m);
      i = i.fma(m, m);
      j = j.fma(m, m);
      k = k.fma(m, m);
      l = l.fma(m, m);
    }
    return a.add(b).add(c.add(d)).add(e.add(f)).add(g.add(h)).add(i.add(j)).add(k.add(l)).lane(0);
  }

  /** Reads and writes {@link #COPIED} bytes each. */
  @Benchmark
  public float[] copy() {
    System.arraycopy(from, 0, to, 0, to.length);
    return to;
  }
}
