package org.rlhf4j.tensor.simd;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * From which size on a second thread pays: the time of a loop on one and on two threads against its
 * size, whatever the thresholds of the kernels are. {@link Lanes#GRAIN} and {@link
 * Gemm#WORTH_A_THREAD} come from it.
 *
 * <p>In the package of the pool, which nothing else outside of the tensor library should see; so it
 * runs from the class path only: {@code java -jar bench/target/benchmarks.jar HandOff}. Each call
 * is timed, so that low percentiles tell what happens while no other program has a core.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 250, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 4, time = 250, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class HandOffBenchmark {
  /** Steps of a sum in a product: with 12 rows and 32 columns, 2^13 multiplications a piece. */
  private static final int DEPTH = 21;

  @Param({"1", "2"})
  int threads;

  /** Pieces of 2^11 elements, or of 2^13 multiplications. */
  @Param({"2", "4", "8", "12", "16", "24", "32", "64"})
  int pieces;

  private Parallel parallel;
  private final float[] x = new float[64 * Parallel.BLOCK];
  private final float[] y = new float[64 * Parallel.BLOCK];

  @Setup(Level.Trial)
  public void setUp() {
    parallel = new Parallel(threads);
  }

  @TearDown(Level.Trial)
  public void tearDown() {
    parallel.close();
  }

  /** y = 2 x + 1, in the L2 cache. */
  @Benchmark
  public float[] elements() {
    parallel.rows(
        pieces,
        Math.max(1, pieces / 8),
        (from, to) ->
            SimdElementLoops.affine(x, 2, 1, y, from * Parallel.BLOCK, to * Parallel.BLOCK));
    return y;
  }

  /** As many tiles, in the L1 cache. */
  @Benchmark
  public float[] tiles() {
    parallel.rows(
        pieces,
        Math.max(1, pieces / 8),
        (from, to) -> {
          int size = GemmTile.ROWS * GemmTile.COLUMNS;
          for (int i = from; i < to; i++) {
            GemmTile.run(
                GemmTile.ROWS,
                DEPTH,
                x,
                0,
                GemmTile.ROWS,
                x,
                1024,
                GemmTile.COLUMNS,
                y,
                i * size,
                GemmTile.COLUMNS,
                false);
          }
        });
    return y;
  }
}
