package org.rlhf4j.bench;

import org.rlhf4j.bench.SideBySide.Result;

/** How much a call does, from its name and shape: operations, bytes or tokens. */
final class Work {
  private Work() {}

  /**
   * {@return the row of a report: products are held against arithmetic, the others against copying
   * the bytes that they must move}
   *
   * @param gigaflops peak of all threads that ran
   * @param gigabytes a copy on one thread
   */
  static CpuReport.Row row(Contest contest, Result result, double gigaflops, double gigabytes) {
    String name = contest.name();
    if (name.startsWith("Training")) {
      double rate = TrainingBenchmark.tokens() / result.ours();
      return new CpuReport.Row(
          name, contest.shape(), contest.threads(), result, "tokens/s", rate, Double.NaN);
    }
    String unit = name.startsWith("Matrix") || name.startsWith("Attention") ? "GFLOP/s" : "GB/s";
    double work =
        switch (name.substring(0, name.indexOf('.'))) {
          case "MatrixBenchmark" -> MatrixBenchmark.flops(contest.shape());
          case "AttentionBenchmark" -> AttentionBenchmark.flops(contest.shape());
          default -> bytes(name.substring(name.indexOf('.') + 1)) * elements(contest.shape());
        };
    double rate = work / result.ours() / 1e9;
    double peak = unit.equals("GFLOP/s") ? gigaflops : gigabytes;
    return new CpuReport.Row(
        name, contest.shape(), contest.threads(), result, unit, rate, rate / peak);
  }

  private static double elements(String shape) {
    double elements = 1;
    for (int dim : AttentionBenchmark.dims(shape)) {
      elements *= dim;
    }
    return elements;
  }

  /** Bytes read and written for each element: logits once, parameters and moments both ways. */
  private static int bytes(String kernel) {
    return switch (kernel) {
      case "tokenLogprobs", "logSumExp" -> 4;
      case "adamW" -> 28;
      default -> 8;
    };
  }
}
