package org.rlhf4j.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rlhf4j.cuda.driver.EmulatedDriver;
import org.rlhf4j.cuda.ptx.LaunchReport;
import org.rlhf4j.cuda.ptx.Options;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;

/** Performance facts that need no hardware: bytes, sectors, bank conflicts, barriers, ex2. */
class TrafficTest {
  private interface Use {
    void run(CudaBackend backend, Workspace workspace);
  }

  private static LaunchReport last(Use use) {
    List<LaunchReport> reports = new ArrayList<>();
    try (CudaBackend backend =
            new CudaBackend("traffic", new EmulatedDriver(Options.checked(), reports::add));
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      use.run(backend, workspace);
    }
    return reports.getLast();
  }

  @ParameterizedTest
  @ValueSource(ints = {1024, 50_257})
  void tokenLogprobsReadEachLogitOnce(int columns) {
    Shape shape = Shape.of(4, columns);
    LaunchReport report =
        last((backend, w) ->
            backend
                .rows()
                .tokenLogprobs(
                    w.zeros(shape), new int[4], w.empty(Shape.of(4)), w.empty(Shape.of(4))));
    // each logit, then one id a thread and the logit of the token a row
    int threads = columns <= 1024 ? 32 : 1024;
    assertEquals(4L * shape.size() + 4L * 4 * threads + 4L * 4, report.globalReadBytes());
    assertEquals(2 * 4 * 4, report.globalWriteBytes());
    assertEquals(0, report.bankConflicts());
    assertEquals(columns <= 1024 ? 0 : 4, report.barriers());
  }

  @Test
  void softmaxIsCoalescedWithoutConflicts() {
    for (int columns : new int[] {1024, 4096}) {
      Shape shape = Shape.of(16, columns);
      LaunchReport report =
          last((backend, w) -> backend.rows().softmax(w.zeros(shape), w.empty(shape)));
      assertEquals(1, report.sectorOverhead(), "four sectors for each 128 bytes");
      assertEquals(8L * shape.size(), report.globalReadBytes(), "read twice");
      assertEquals(4L * shape.size(), report.globalWriteBytes(), "written once");
      assertEquals(0, report.bankConflicts());
      // 1.25 ex2 an element for the sum and 1 for the result, in warps of 32; merges come on top
      long perElement = (long) (2.25 * shape.size() / 32);
      assertTrue(report.executed("ex2") >= perElement);
    }
  }

  @Test
  void unalignedRowsStayNearlyCoalesced() {
    Shape shape = Shape.of(4, 50_257);
    LaunchReport report =
        last((backend, w) -> {
          Tensor x = w.zeros(shape);
          backend.rows().logSumExp(x, w.empty(Shape.of(4)));
        });
    assertEquals(4L * shape.size(), report.globalReadBytes());
    // a row starts on 16 bytes, not 32: the 512 bytes of a warp touch 17 sectors instead of 16
    assertTrue(report.sectorOverhead() < 17.1 / 16, "sectors " + report.sectorOverhead());
  }

  @Test
  void adamWMovesTwentyEightBytesAParameter() {
    int size = 1 << 14;
    LaunchReport report =
        last((backend, w) -> {
          Shape shape = Shape.of(size);
          backend
              .optimizers()
              .adamW(
                  w.zeros(shape),
                  w.zeros(shape),
                  w.full(Shape.of(1), 1),
                  w.zeros(shape),
                  w.zeros(shape),
                  new org.rlhf4j.tensor.kernel.OptimizerKernels.AdamWStep(
                      1e-3, 0.9, 0.99, 1e-8, 0, 1));
        });
    long threads = report.grid().count() * report.block().count();
    assertEquals(16L * size + 4 * threads, report.globalReadBytes());
    assertEquals(12L * size, report.globalWriteBytes());
  }

  @Test
  void columnSumsMeetInSharedMemoryWithoutConflicts() {
    LaunchReport report =
        last((backend, w) ->
            backend.elements().addSum(w.zeros(Shape.of(64, 96)), w.zeros(Shape.of(1, 96))));
    assertEquals(0, report.bankConflicts());
    assertEquals(1, report.sectorOverhead(), 0.01);
  }
}
