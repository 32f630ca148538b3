package org.rlhf4j.bench;

import ai.djl.ndarray.NDArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;

/**
 * Softmax and token log-probabilities over rows of logits. libtorch allocates its output at each
 * call; ours writes where the pool put it, as a training step does.
 */
@State(Scope.Benchmark)
@Fork(value = 1, jvmArgsAppend = Peers.MODULES)
public class RowBenchmark implements Contest.Paired {
  @Param({"1", "2"})
  int threads;

  @Param({"512x50257", "4096x512"})
  String shape = "";

  private Peers peers;
  private Tensor x;
  private Tensor y;
  private Tensor logprobs;
  private Tensor lse;
  private int[] ids;
  private NDArray torchX;
  private NDArray torchIds;

  @Override
  @Setup(Level.Trial)
  public void setUp() {
    peers = new Peers(threads);
    String[] parts = shape.split("x", -1);
    int rows = Integer.parseInt(parts[0]);
    int columns = Integer.parseInt(parts[1]);
    x = peers.tensor("x", rows, columns);
    y = peers.workspace.zeros(Shape.of(rows, columns));
    logprobs = peers.workspace.zeros(Shape.of(rows));
    lse = peers.workspace.zeros(Shape.of(rows));
    ids = new int[rows];
    long[] longs = new long[rows];
    for (int r = 0; r < rows; r++) {
      ids[r] = r * 31 % columns;
      longs[r] = ids[r];
    }
    torchX = peers.torch("x", rows, columns);
    torchIds = peers.torch.create(longs, new ai.djl.ndarray.types.Shape(rows, 1));
  }

  @Override
  @TearDown(Level.Trial)
  public void tearDown() {
    peers.close();
  }

  @Benchmark
  public Tensor softmaxOurs() {
    peers.backend().rows().softmax(x, y);
    return y;
  }

  @Benchmark
  public void softmaxLibtorch() {
    torchX.softmax(-1).close();
  }

  @Benchmark
  public Tensor tokenLogprobsOurs() {
    peers.backend().rows().tokenLogprobs(x, ids, logprobs, lse);
    return logprobs;
  }

  @Benchmark
  public void tokenLogprobsLibtorch() {
    try (NDArray all = torchX.logSoftmax(-1);
        NDArray picked = all.gather(torchIds, 1)) {
      picked.getShape();
    }
  }

  @Benchmark
  public Tensor logSumExpOurs() {
    peers.backend().rows().logSumExp(x, lse);
    return lse;
  }

  /** Op by op: DJL does not offer libtorch's own. */
  @Benchmark
  public void logSumExpLibtorch() {
    try (NDArray max = torchX.max(new int[] {-1}, true);
        NDArray shifted = torchX.sub(max);
        NDArray e = shifted.exp();
        NDArray sum = e.sum(new int[] {-1}, true);
        NDArray log = sum.log();
        NDArray result = log.add(max)) {
      result.getShape();
    }
  }
}
