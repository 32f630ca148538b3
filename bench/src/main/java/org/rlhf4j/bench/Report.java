package org.rlhf4j.bench;

import java.util.Collection;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs the comparisons and prints them as a Markdown table: time, ratio to libtorch, share of peak.
 */
public final class Report {
  private Report() {}

  /** Arguments, if any, are patterns of the benchmarks to run. */
  public static void main(String[] arguments) throws RunnerException {
    Collection<RunResult> peaks = run("Peaks");
    double flops = Peaks.flops() / seconds(peaks, "multiplyAdd", "", "") / 1e9;
    double bytes = 2.0 * Peaks.COPIED / seconds(peaks, "copy", "", "") / 1e9;
    String patterns =
        arguments.length == 0 ? "MatrixBenchmark|RowBenchmark" : String.join("|", arguments);
    Collection<RunResult> results = run(patterns);
    System.out.printf(
        "%nOne core: %.0f GFLOP/s of multiply-adds in registers, %.1f GB/s of copying.%n%n",
        flops, bytes);
    System.out.println(
        "| what | shape | threads | ours, ms | libtorch, ms | speed ratio | of peak |");
    System.out.println("| --- | --- | --- | --- | --- | --- | --- |");
    for (RunResult ours : results) {
      String name = ours.getParams().getBenchmark();
      if (!name.toLowerCase(java.util.Locale.ROOT).endsWith("ours")) {
        continue;
      }
      String shape = ours.getParams().getParam("shape");
      String threads = ours.getParams().getParam("threads");
      String peer = name.replace("Ours", "Libtorch").replace("ours", "libtorch");
      double mine = ours.getPrimaryResult().getScore();
      double theirs = seconds(results, peer, shape, threads);
      System.out.printf(
          "| %s | %s | %s | %.3f | %.3f | %.2f | %s |%n",
          name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1),
          shape,
          threads,
          1e3 * mine,
          1e3 * theirs,
          theirs / mine,
          share(name, shape, mine, flops * Integer.parseInt(threads), bytes));
    }
  }

  /** Products against arithmetic, rows against bytes that must move (softmax 8, logprobs 4). */
  private static String share(
      String name, String shape, double seconds, double gigaflops, double gigabytes) {
    if (name.contains("Matrix")) {
      int[] mnk = MatrixBenchmark.dims(shape);
      double rate = 2.0 * mnk[0] * mnk[1] * mnk[2] / seconds / 1e9;
      return "%.0f GFLOP/s, %.0f %%".formatted(rate, 100 * rate / gigaflops);
    }
    String[] parts = shape.split("x", -1);
    double elements = Double.parseDouble(parts[0]) * Double.parseDouble(parts[1]);
    double rate = (name.contains("softmax") ? 8 : 4) * elements / seconds / 1e9;
    return "%.1f GB/s, %.0f %% of copy".formatted(rate, 100 * rate / gigabytes);
  }

  private static Collection<RunResult> run(String pattern) throws RunnerException {
    Options options =
        new OptionsBuilder()
            .include("org\\.rlhf4j\\.bench\\.(" + pattern + ")")
            .mode(Mode.AverageTime)
            .timeUnit(TimeUnit.SECONDS)
            .forks(1)
            .warmupIterations(4)
            .warmupTime(TimeValue.milliseconds(700))
            .measurementIterations(5)
            .measurementTime(TimeValue.milliseconds(700))
            .jvmArgs(
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx3g")
            .build();
    return new Runner(options).run();
  }

  private static double seconds(
      Collection<RunResult> results, String name, String shape, String threads) {
    return results.stream()
        .filter(r -> r.getParams().getBenchmark().endsWith(name))
        .filter(r -> shape.isEmpty() || shape.equals(r.getParams().getParam("shape")))
        .filter(r -> threads.isEmpty() || threads.equals(r.getParams().getParam("threads")))
        .mapToDouble(r -> r.getPrimaryResult().getScore())
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no result for " + name));
  }
}
