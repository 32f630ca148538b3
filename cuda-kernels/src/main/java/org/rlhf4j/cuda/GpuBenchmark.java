package org.rlhf4j.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.rlhf4j.cuda.driver.Driver;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.ReferenceBackend;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.tensor.kernel.OptimizerKernels.AdamWStep;

/**
 * Speed of the kernels as a fraction of a device copy in the same run, each checked first against
 * the reference backend on a few rows. Times come from events around several launches.
 */
public final class GpuBenchmark {
  private static final int CHECKED_ROWS = 4;
  private static final double TOLERANCE = 1e-4;

  private final CudaBackend backend;
  private final Driver driver;
  private final int elements;
  private final int repeats;
  private final List<String> lines = new ArrayList<>();
  private double copyRate;

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

  /** A kernel with its tensors: what to time, and what it wrote. */
  private record Prepared(Runnable launch, List<Tensor> outputs) {}

  /** Makes the tensors of a kernel. */
  private interface Use {
    Prepared prepare(Backend machine, Workspace workspace, int rows, int columns);
  }

  /** {@return the lines of the report} */
  public List<String> run() {
    lines.add("# Kernels of " + driver.describe());
    lines.add("");
    lines.add("| kernel | shape | ms | GB/s | of a copy | largest error |");
    lines.add("| --- | --- | ---: | ---: | ---: | ---: |");
    copy();
    for (int columns : new int[] {256, 1024, 4096, 8192, 50_257}) {
      int rows = Math.max(1, elements / columns);
      measure("softmax", 8, rows, columns, GpuBenchmark::softmax);
      measure("log-softmax", 8, rows, columns, GpuBenchmark::logSoftmax);
      measure("token logprobs", 4, rows, columns, GpuBenchmark::tokenLogprobs);
      measure("token logprobs backward", 12, rows, columns, GpuBenchmark::tokenLogprobsBackward);
    }
    measure("adamw", 28, Math.max(1, elements / 1024), 1024, GpuBenchmark::adamW);
    product();
    return List.copyOf(lines);
  }

  private void copy() {
    try (Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Tensor from = workspace.zeros(Shape.of(elements));
      Tensor to = workspace.empty(Shape.of(elements));
      double milliseconds = time(() -> backend.elements().copy(from, to));
      copyRate = 8.0 * elements / milliseconds;
      line("copy", "[" + elements + "]", milliseconds, 8.0 * elements, 0);
    }
  }

  private static Prepared softmax(Backend machine, Workspace w, int rows, int columns) {
    Tensor x = random(w, rows, columns, 0);
    Tensor y = w.empty(x.shape());
    return new Prepared(() -> machine.rows().softmax(x, y), List.of(y));
  }

  private static Prepared logSoftmax(Backend machine, Workspace w, int rows, int columns) {
    Tensor x = random(w, rows, columns, 0);
    Tensor y = w.empty(x.shape());
    return new Prepared(() -> machine.rows().logSoftmax(x, y), List.of(y));
  }

  private static Prepared tokenLogprobs(Backend machine, Workspace w, int rows, int columns) {
    Tensor x = random(w, rows, columns, 0);
    Tensor logprobs = w.empty(Shape.of(rows));
    Tensor lse = w.empty(Shape.of(rows));
    int[] ids = new int[rows];
    return new Prepared(
        () -> machine.rows().tokenLogprobs(x, ids, logprobs, lse), List.of(logprobs, lse));
  }

  private static Prepared tokenLogprobsBackward(
      Backend machine, Workspace w, int rows, int columns) {
    Tensor x = random(w, rows, columns, 0);
    Tensor lse = w.empty(Shape.of(rows));
    machine.rows().logSumExp(x, lse);
    Tensor dlogprobs = w.full(Shape.of(rows), 0.5);
    Tensor dx = w.zeros(x.shape());
    int[] ids = new int[rows];
    return new Prepared(
        () -> machine.rows().tokenLogprobsBackward(x, ids, lse, dlogprobs, dx), List.of(dx));
  }

  private static Prepared adamW(Backend machine, Workspace w, int rows, int columns) {
    Tensor p = random(w, rows, columns, 0);
    Tensor g = random(w, rows, columns, 1);
    Tensor m = w.zeros(p.shape());
    Tensor v = w.zeros(p.shape());
    Tensor factor = w.full(Shape.of(1), 1);
    AdamWStep step = new AdamWStep(1e-3, 0.9, 0.95, 1e-8, 0.1, 1);
    return new Prepared(
        () -> machine.optimizers().adamW(p, g, factor, m, v, step), List.of(p, m, v));
  }

  private static Tensor random(Workspace workspace, int rows, int columns, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-4, 4);
    }
    return workspace.of(Shape.of(rows, columns), values);
  }

  private void measure(String name, int bytesEach, int rows, int columns, Use use) {
    double error = error(use, Math.min(rows, CHECKED_ROWS), columns);
    if (!(error <= TOLERANCE)) {
      throw new IllegalStateException(
          "%s of %d columns differs from the reference by %g".formatted(name, columns, error));
    }
    try (Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      double milliseconds = time(use.prepare(backend, workspace, rows, columns).launch());
      double bytes = (double) bytesEach * rows * columns;
      line(name, "[" + rows + ", " + columns + "]", milliseconds, bytes, error);
    }
  }

  private double error(Use use, int rows, int columns) {
    double[] expected = outputs(new ReferenceBackend(), use, rows, columns);
    double[] actual = outputs(backend, use, rows, columns);
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      double scale = Math.max(1, Math.abs(expected[i]));
      worst = Math.max(worst, Math.abs(expected[i] - actual[i]) / scale);
    }
    return worst;
  }

  private static double[] outputs(Backend machine, Use use, int rows, int columns) {
    try (Pool pool = new Pool(machine);
        Workspace workspace = new Workspace(pool)) {
      Prepared prepared = use.prepare(machine, workspace, rows, columns);
      prepared.launch().run();
      return prepared.outputs().stream()
          .flatMapToDouble(tensor -> java.util.Arrays.stream(tensor.toDoubles()))
          .toArray();
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

  private void product() {
    int n = Math.min(4096, Integer.highestOneBit((int) Math.sqrt(elements)));
    try (Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Tensor a = random(workspace, n, n, 0);
      Tensor c = workspace.empty(a.shape());
      double milliseconds = time(() -> backend.matrices().multiply(a, false, a, false, c, false));
      lines.add("");
      lines.add(
          String.format(
              Locale.ROOT,
              "Matrix product [%d, %d] (cuBLAS, single precision without TF32): %.2f Tflop/s.",
              n,
              n,
              2.0 * n * n * n / milliseconds * 1e-9));
    }
  }

  private void line(String name, String shape, double milliseconds, double bytes, double error) {
    double rate = bytes / milliseconds;
    lines.add(
        String.format(
            Locale.ROOT,
            "| %s | %s | %.3f | %.0f | %.0f %% | %.1e |",
            name,
            shape,
            milliseconds,
            rate * 1e-6,
            100 * rate / copyRate,
            error));
  }
}
