package org.rlhf4j.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.rlhf4j.cuda.Workloads.Prepared;
import org.rlhf4j.cuda.Workloads.Use;
import org.rlhf4j.cuda.Workloads.Workload;
import org.rlhf4j.cuda.comparison.DeviceComparison;
import org.rlhf4j.cuda.driver.Driver;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.ReferenceBackend;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;

/**
 * The whole comparison with the reference, then speed: of what is bound by memory as a fraction of
 * a device copy, of what is bound by arithmetic as a fraction of a cuBLAS product, both of the same
 * run. Each timed shape is compared with the reference as well, on a few rows of it. Times come
 * from events around several launches.
 */
public final class GpuBenchmark {
  private static final int CHECKED_ROWS = 4;
  private static final double TOLERANCE = 1e-4;
  private static final int[] ROW_LENGTHS = {256, 1024, 4096, 8192, 50_257};
  private static final int WIDTH = 1024;

  private final CudaBackend backend;
  private final Driver driver;
  private final int elements;
  private final int repeats;
  private final List<String> lines = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();
  private double copyRate;
  private double productRate;

  /**
   * @param megabytes size of a large buffer; figures mean little where it fits the L2 cache
   * @param repeats launches between two events
   */
  public GpuBenchmark(CudaBackend backend, int megabytes, int repeats) {
    this.repeats = repeats;
    this.backend = backend;
    driver = backend.driver();
    elements = Math.toIntExact(Math.max(1L, megabytes) * (1 << 20) / 4);
  }

  /**
   * What was found.
   *
   * @param lines of the report
   * @param failures what differs from the reference, a sentence each; in the report too
   */
  public record Report(List<String> lines, List<String> failures) {}

  /** {@return the report of a run} */
  public Report run() {
    lines.add("# Kernels of " + driver.describe());
    lines.add("");
    DeviceComparison comparison = DeviceComparison.of(backend);
    lines.addAll(comparison.lines());
    failures.addAll(comparison.failures());
    boundByMemory();
    boundByArithmetic();
    return new Report(List.copyOf(lines), List.copyOf(failures));
  }

  private void boundByMemory() {
    lines.add("");
    lines.add("| bound by memory | shape | ms | GB/s | of a copy | largest error |");
    lines.add("| --- | --- | ---: | ---: | ---: | ---: |");
    copy();
    for (int columns : ROW_LENGTHS) {
      measureBytes(Workloads.ROWS, Math.max(1, elements / columns), columns);
    }
    measureBytes(Workloads.WIDTHS, Math.max(1, elements / WIDTH), WIDTH);
    measureBytes(Workloads.DRAWS, Math.clamp(elements / (4 * 50_257), 1, 64), 50_257);
  }

  private void copy() {
    try (Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Tensor from = workspace.zeros(Shape.of(elements));
      Tensor to = workspace.empty(Shape.of(elements));
      double milliseconds = time(() -> backend.elements().copy(from, to));
      copyRate = 8.0 * elements / milliseconds;
      bytesLine("copy", "[" + elements + "]", milliseconds, 8.0 * elements, 0);
    }
  }

  private void measureBytes(List<Workload> workloads, int rows, int columns) {
    for (Workload workload : workloads) {
      double error = error(workload, rows, columns);
      double milliseconds = time(workload.use(), rows, columns);
      bytesLine(
          workload.name(),
          "[" + rows + ", " + columns + "]",
          milliseconds,
          workload.work() * rows * columns,
          error);
    }
  }

  private void bytesLine(
      String name, String shape, double milliseconds, double bytes, double error) {
    double rate = bytes / milliseconds;
    line(name, shape, milliseconds, "%.0f".formatted(rate * 1e-6), rate / copyRate, error);
  }

  private void boundByArithmetic() {
    lines.add("");
    lines.add("| bound by arithmetic | shape | ms | Tflop/s | of cuBLAS | largest error |");
    lines.add("| --- | --- | ---: | ---: | ---: | ---: |");
    product();
    int time = Math.clamp(elements >> 16, 16, 1024); // 1,024 tokens for buffers of 256 MB
    int heads = 64;
    double pairs = 0.5 * time * (time + 1) * heads;
    for (Workload workload : Workloads.ATTENTION) {
      double error = error(workload, heads, time);
      double milliseconds = time(workload.use(), heads, time);
      String shape = "%d heads of %d, %d tokens".formatted(heads, Workloads.HEAD, time);
      flopsLine(workload.name(), shape, milliseconds, workload.work() * pairs, error);
    }
  }

  /** Single precision without TF32, if not asked for otherwise. */
  private void product() {
    int n = Math.min(4096, Integer.highestOneBit((int) Math.sqrt(elements)));
    try (Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Tensor a = Workloads.random(workspace, n, n, 0);
      Tensor c = workspace.empty(a.shape());
      double milliseconds = time(() -> backend.matrices().multiply(a, false, a, false, c, false));
      double flops = 2.0 * n * n * n;
      productRate = flops / milliseconds;
      flopsLine("matrix product (cuBLAS)", "[" + n + ", " + n + "]", milliseconds, flops, 0);
    }
  }

  private void flopsLine(
      String name, String shape, double milliseconds, double flops, double error) {
    double rate = flops / milliseconds;
    line(name, shape, milliseconds, "%.2f".formatted(rate * 1e-9), rate / productRate, error);
  }

  private void line(
      String name, String shape, double milliseconds, String rate, double share, double error) {
    lines.add(
        String.format(
            Locale.ROOT,
            "| %s | %s | %.3f | %s | %.0f %% | %.1e |",
            name,
            shape,
            milliseconds,
            rate,
            100 * share,
            error));
  }

  /** The largest difference from the reference on the first rows, relative above 1. */
  private double error(Workload workload, int rows, int columns) {
    int checked = Math.min(rows, CHECKED_ROWS);
    double[] expected = outputs(new ReferenceBackend(), workload.use(), checked, columns);
    double[] actual = outputs(backend, workload.use(), checked, columns);
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      double scale = Math.max(1, Math.abs(expected[i]));
      worst = Math.max(worst, Math.abs(expected[i] - actual[i]) / scale);
    }
    if (!(worst <= TOLERANCE)) {
      failures.add(
          "%s of [%d, %d] differs from the reference by %g"
              .formatted(workload.name(), checked, columns, worst));
    }
    return worst;
  }

  private static double[] outputs(Backend machine, Use use, int rows, int columns) {
    try (Pool pool = new Pool(machine);
        Workspace workspace = new Workspace(pool)) {
      Prepared prepared = use.prepare(machine, workspace, rows, columns);
      prepared.launch().run();
      return prepared.outputs().stream()
          .flatMapToDouble(tensor -> Arrays.stream(tensor.toDoubles()))
          .toArray();
    }
  }

  private double time(Use use, int rows, int columns) {
    try (Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      return time(use.prepare(backend, workspace, rows, columns).launch());
    }
  }

  /** Milliseconds of one run on the device, after one to warm up. */
  private double time(Runnable work) {
    work.run();
    try (Driver.Event from = driver.mark()) {
      for (int i = 0; i < repeats; i++) {
        work.run();
      }
      try (Driver.Event to = driver.mark()) {
        return driver.milliseconds(from, to) / repeats;
      }
    }
  }
}
