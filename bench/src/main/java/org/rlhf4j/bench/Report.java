package org.rlhf4j.bench;

import java.util.Collection;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs the comparisons and prints them as a Markdown table: time, ratio to libtorch, share of peak.
 * A time is the median call, so that work of others on the machine disturbs it little; a peak is
 * the median of mean times, since the loop of the peak is compiled badly where every call is timed.
 */
public final class Report {
  private Report() {}

  private static final String ALL =
      "MatrixBenchmark|RowBenchmark|LayerBenchmark|AttentionBenchmark";

  /** Arguments are those of JMH, such as {@code MatrixBenchmark -p threads=1}; all by default. */
  public static void main(String[] arguments) throws RunnerException, CommandLineOptionException {
    CommandLineOptions asked = new CommandLineOptions(arguments);
    Collection<RunResult> peaks = run("Peaks", Mode.AverageTime, new CommandLineOptions());
    double flops = Peaks.flops() / seconds(peaks, "multiplyAdd", "", "") / 1e9;
    double bytes = 2.0 * Peaks.COPIED / seconds(peaks, "copy", "", "") / 1e9;
    String patterns = asked.getIncludes().isEmpty() ? ALL : String.join("|", asked.getIncludes());
    Collection<RunResult> results = run(patterns, Mode.SampleTime, asked);
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
      double mine = ours.getPrimaryResult().getStatistics().getPercentile(50);
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

  /** Products against arithmetic, the others against copying the bytes that they must move. */
  private static String share(
      String name, String shape, double seconds, double gigaflops, double gigabytes) {
    if (name.contains("Matrix") || name.contains("Attention")) {
      double flops =
          name.contains("Matrix") ? MatrixBenchmark.flops(shape) : AttentionBenchmark.flops(shape);
      double rate = flops / seconds / 1e9;
      return "%.0f GFLOP/s, %.0f %%".formatted(rate, 100 * rate / gigaflops);
    }
    double elements = 1;
    for (int dim : AttentionBenchmark.dims(shape)) {
      elements *= dim;
    }
    double rate = bytes(name.substring(name.lastIndexOf('.') + 1)) * elements / seconds / 1e9;
    return "%.1f GB/s, %.0f %% of copy".formatted(rate, 100 * rate / gigabytes);
  }

  /** Bytes read and written for each element: logits once, parameters and moments both ways. */
  private static int bytes(String benchmark) {
    return switch (benchmark) {
      case "tokenLogprobsOurs", "logSumExpOurs" -> 4;
      case "adamWOurs" -> 28;
      default -> 8;
    };
  }

  private static Collection<RunResult> run(String pattern, Mode mode, CommandLineOptions asked)
      throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("org\\.rlhf4j\\.bench\\.(" + pattern + ")")
            .mode(mode)
            .timeUnit(TimeUnit.SECONDS)
            .forks(asked.getForkCount().orElse(1))
            .warmupIterations(asked.getWarmupIterations().orElse(4))
            .warmupTime(asked.getWarmupTime().orElse(TimeValue.milliseconds(700)))
            .measurementIterations(asked.getMeasurementIterations().orElse(5))
            .measurementTime(asked.getMeasurementTime().orElse(TimeValue.milliseconds(700)))
            .jvmArgs(
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx3g");
    for (String parameter : new String[] {"threads", "shape"}) {
      if (asked.getParameter(parameter).hasValue()) {
        options.param(parameter, asked.getParameter(parameter).get().toArray(new String[0]));
      }
    }
    return new Runner(options.build()).run();
  }

  private static double seconds(
      Collection<RunResult> results, String name, String shape, String threads) {
    return results.stream()
        .filter(r -> r.getParams().getBenchmark().endsWith(name))
        .filter(r -> shape.isEmpty() || shape.equals(r.getParams().getParam("shape")))
        .filter(r -> threads.isEmpty() || threads.equals(r.getParams().getParam("threads")))
        .mapToDouble(r -> r.getPrimaryResult().getStatistics().getPercentile(50))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no result for " + name));
  }
}
