package org.rlhf4j.cuda.driver;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.rlhf4j.cuda.CudaBackend;
import org.rlhf4j.cuda.ptx.Dim;
import org.rlhf4j.cuda.ptx.PtxModule;
import org.rlhf4j.rlhf.cli.Main;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;

/** What the forked JVM does with the stub: each scenario prints what it saw. */
final class StubScenario {
  private static final String PTX =
      """
      .version 7.0
      .target sm_70
      .address_size 64
      .visible .entry tiny(.param .u64 x_, .param .u32 n_, .param .f32 scale_, .param .u32 last_)
      {
          ret;
      }
      """;

  private StubScenario() {}

  public static void main(String[] arguments) {
    try {
      switch (arguments[0]) {
        case "whole" -> whole();
        case "backend" -> backend();
        case "memory" -> memory();
        case "repeat" -> repeat();
        case "doctor" -> System.out.println(Main.commandLine().execute("doctor"));
        case "benchmark" -> System.out.println(benchmark());
        default -> open();
      }
      System.out.println("end");
    } catch (CudaException e) {
      System.out.println("CudaException: " + e.getMessage());
    }
  }

  private static void open() {
    JCudaDriver.open(true).close();
  }

  /** The exit code; the stub's kernels do nothing, so every one is wrong. */
  private static int benchmark() {
    String report = Path.of(System.getProperty("java.io.tmpdir"), "report.md").toString();
    return Main.commandLine()
        .execute("bench", "gpu", "--megabytes", "1", "--repeats", "1", "--report", report);
  }

  private static void memory() {
    try (Driver driver = JCudaDriver.open(false)) {
      long kept = driver.allocate(400);
      try {
        driver.allocate(1L << 40);
      } finally {
        driver.free(kept);
      }
    }
  }

  private static void whole() {
    try (Driver driver = JCudaDriver.open(false)) {
      System.out.println(driver.describe());
      copies(driver);
      products(driver);
      launches(driver);
    }
  }

  private static void copies(Driver driver) {
    // more than the pinned staging memory holds, so that it goes round
    int[] words = new int[3_000_000];
    Arrays.setAll(words, i -> i * 7);
    long a = driver.allocate(4L * words.length);
    long b = driver.allocate(4L * words.length);
    driver.upload(words, a);
    words[5] = -1;
    driver.copy(a, b, words.length);
    driver.fill(b + 40, 9, 2);
    int[] back = new int[words.length];
    driver.download(b, back);
    System.out.println(back[5] + " " + back[9] + " " + back[10] + " " + back[11] + " " + back[12]);
    System.out.println(back[2_999_999] == 7 * 2_999_999);
    driver.free(a);
    driver.free(b);
    try {
      driver.free(b);
    } catch (IllegalStateException e) {
      System.out.println("freed twice is refused");
    }
  }

  private static void products(Driver driver) {
    long m = driver.allocate(4 * 64);
    float[] values = {1, 2, 3, 4, 5, 6, 1, 0, 0, 1, 1, 1};
    int[] words = new int[12];
    for (int i = 0; i < 12; i++) {
      words[i] = Float.floatToRawIntBits(values[i]);
    }
    driver.upload(words, m);
    // [2, 3] times [3, 2]
    driver.multiply(Gemm.rowMajor(m, false, m + 24, false, m + 128, 2, 2, 3, 1, false));
    int[] out = new int[4];
    driver.download(m + 128, out);
    System.out.println(
        Arrays.toString(Arrays.stream(out).mapToDouble(Float::intBitsToFloat).toArray()));
    driver.free(m);
  }

  private static void launches(Driver driver) {
    long x = driver.allocate(64);
    Driver.LoadedModule module = driver.load(PtxModule.parse("tiny.ptx", PTX), PTX);
    Launch launch =
        new Launch("tiny.ptx", "tiny", new Dim(3, 2, 1), Dim.of(32, 4), 512, List.of())
            .pointer(x)
            .whole(-5)
            .real(0.25)
            .whole(77);
    driver.launch(module, launch);
    driver.beginCapture();
    driver.launch(module, launch);
    driver.copy(x, x + 32, 4);
    try {
      driver.upload(new int[1], x);
    } catch (CudaException e) {
      System.out.println(e.getMessage());
    }
    try (Driver.Graph graph = driver.endCapture()) {
      driver.replay(graph);
    }
    try (Driver.Event from = driver.mark();
        Driver.Event to = driver.mark()) {
      System.out.println(driver.milliseconds(from, to));
    }
    driver.free(x);
  }

  /** One step ten times, then ten that differ. */
  private static void repeat() {
    try (CudaBackend backend = new CudaBackend("cuda", JCudaDriver.open(false));
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Tensor a = workspace.of(Shape.of(2, 2), 1, 2, 3, 4);
      Tensor c = workspace.empty(Shape.of(2, 2));
      for (int i = 0; i < 20; i++) {
        double value = Math.max(0, i - 9);
        backend.repeat(() -> {
          backend.elements().fill(c, value);
          backend.rows().softmax(a, c);
        });
      }
    }
  }

  /** The backend as it is used, with kernels that do nothing and products that do. */
  private static void backend() {
    try (CudaBackend backend = new CudaBackend("cuda", JCudaDriver.open(false));
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Tensor a = workspace.of(Shape.of(2, 2), 1, 2, 3, 4);
      Tensor c = workspace.empty(Shape.of(2, 2));
      backend.matrices().multiply(a, true, a, false, c, false);
      System.out.println(Arrays.toString(c.toDoubles()));
      backend.rows().softmax(a, c);
      backend
          .rows()
          .tokenLogprobs(
              a, new int[] {0, 1}, workspace.empty(Shape.of(2)), workspace.empty(Shape.of(2)));
    }
  }
}
