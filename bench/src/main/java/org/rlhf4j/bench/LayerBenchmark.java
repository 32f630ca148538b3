package org.rlhf4j.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Activation;
import ai.djl.nn.norm.LayerNorm;
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
import org.rlhf4j.tensor.kernel.OptimizerKernels.AdamWStep;
import org.rlhf4j.tensor.kernel.Pairwise;
import org.rlhf4j.tensor.kernel.Pointwise;
import org.rlhf4j.tensor.kernel.Positions;
import org.rlhf4j.tensor.kernel.RotaryLayout;

/**
 * The memory-bound kernels of a step. libtorch's gelu is the form with erf, ours the one with tanh;
 * its AdamW is DJL's, op by op; RMSNorm, SwiGLU and the rotation are composed of its ops.
 */
@State(Scope.Benchmark)
@Fork(value = 1, jvmArgsAppend = Peers.MODULES)
public class LayerBenchmark implements Contest.Paired {
  @Param({"1", "2"})
  int threads;

  @Param({"2048x512"})
  String shape = "";

  /** Of the rotated tensor: [BATCH, time, heads, HEAD_DIM]. */
  private static final int BATCH = 8;

  private static final int HEAD_DIM = 64;

  private Peers peers;
  private Tensor x;
  private Tensor y;
  private Tensor weight;
  private Tensor bias;
  private Tensor mean;
  private Tensor rstd;
  private Tensor factor;
  private Tensor first;
  private Tensor second;
  private Tensor total;
  private Tensor heads;
  private Tensor turnedHeads;
  private NDArray torchX;
  private NDArray torchY;
  private NDArray torchHeads;
  private NDArray torchCos;
  private NDArray torchSin;
  private NDArray torchWeight;
  private NDArray torchBias;
  private NDList torchState;

  @Override
  @Setup(Level.Trial)
  public void setUp() {
    peers = new Peers(threads);
    String[] parts = shape.split("x", -1);
    int rows = Integer.parseInt(parts[0]);
    int columns = Integer.parseInt(parts[1]);
    Shape all = Shape.of(rows, columns);
    x = peers.tensor("x", rows, columns);
    y = peers.workspace.zeros(all);
    weight = peers.tensor("weight", columns);
    bias = peers.tensor("bias", columns);
    mean = peers.workspace.zeros(Shape.of(rows));
    rstd = peers.workspace.zeros(Shape.of(rows));
    factor = peers.workspace.full(Shape.scalar(), 1);
    first = peers.workspace.zeros(all);
    second = peers.workspace.zeros(all);
    total = peers.workspace.zeros(Shape.scalar());
    int time = rows / BATCH;
    Shape byHeads = Shape.of(BATCH, time, columns / HEAD_DIM, HEAD_DIM);
    heads = x.reshape(byHeads);
    turnedHeads = peers.workspace.zeros(byHeads);
    torchX = peers.torch("x", rows, columns);
    torchY = peers.torch("y", rows, columns);
    torchHeads = peers.torch("x", BATCH, columns / HEAD_DIM, time, HEAD_DIM);
    torchCos = peers.torch("cos", 1, 1, time, HEAD_DIM);
    torchSin = peers.torch("sin", 1, 1, time, HEAD_DIM);
    torchWeight = peers.torch("weight", columns);
    torchBias = peers.torch("bias", columns);
    torchState =
        new NDList(peers.torch("y", rows, columns), torchX, torchX.zerosLike(), torchX.zerosLike());
  }

  @Override
  @TearDown(Level.Trial)
  public void tearDown() {
    peers.close();
  }

  @Benchmark
  public Tensor layerNormOurs() {
    peers.backend().norms().layerNorm(x, weight, bias, 1e-5, y, mean, rstd);
    return y;
  }

  @Benchmark
  public void layerNormLibtorch() {
    ai.djl.ndarray.types.Shape last = new ai.djl.ndarray.types.Shape(torchWeight.getShape().get(0));
    LayerNorm.layerNorm(torchX, last, torchWeight, torchBias, 1e-5f).close();
  }

  @Benchmark
  public Tensor rmsNormOurs() {
    peers.backend().norms().rmsNorm(x, weight, 1e-5, y, rstd);
    return y;
  }

  @Benchmark
  public void rmsNormLibtorch() {
    try (NDArray squares = torchX.square();
        NDArray mean = squares.mean(new int[] {-1}, true);
        NDArray shifted = mean.add(1e-5f);
        NDArray root = shifted.sqrt();
        NDArray normal = torchX.div(root)) {
      normal.mul(torchWeight).close();
    }
  }

  @Benchmark
  public Tensor swiGluOurs() {
    peers.backend().elements().swiGlu(x, first, y);
    return y;
  }

  @Benchmark
  public void swiGluLibtorch() {
    try (NDArray sigmoid = Activation.sigmoid(torchX);
        NDArray silu = torchX.mul(sigmoid)) {
      silu.mul(torchY).close();
    }
  }

  @Benchmark
  public Tensor rotaryOurs() {
    Positions positions = Positions.unpadded(BATCH);
    peers.backend().attention().rotary(heads, positions, 10_000, RotaryLayout.HALVES, turnedHeads);
    return turnedHeads;
  }

  @Benchmark
  public void rotaryLibtorch() {
    NDList halves = torchHeads.split(2, 3);
    try (NDArray low = halves.get(0);
        NDArray high = halves.get(1);
        NDArray minus = high.neg();
        NDArray turned = minus.concat(low, 3);
        NDArray across = turned.mul(torchSin);
        NDArray along = torchHeads.mul(torchCos)) {
      along.add(across).close();
    }
  }

  @Benchmark
  public Tensor residualOurs() {
    peers.backend().elements().pairwise(Pairwise.ADD, x, first, y);
    return y;
  }

  @Benchmark
  public void residualLibtorch() {
    torchX.add(torchY).close();
  }

  @Benchmark
  public Tensor gradientNormOurs() {
    peers.backend().optimizers().addSumOfSquares(x, total);
    return total;
  }

  @Benchmark
  public void gradientNormLibtorch() {
    torchX.norm().close();
  }

  @Benchmark
  public Tensor geluOurs() {
    peers.backend().elements().pointwise(Pointwise.GELU, x, y);
    return y;
  }

  @Benchmark
  public void geluLibtorch() {
    Activation.gelu(torchX).close();
  }

  @Benchmark
  public Tensor adamWOurs() {
    AdamWStep step = new AdamWStep(1e-4, 0.9, 0.95, 1e-8, 0.1, 10);
    peers.backend().optimizers().adamW(y, x, factor, first, second, step);
    return y;
  }

  @Benchmark
  public void adamWLibtorch() {
    torchX
        .getNDArrayInternal()
        .adamUpdate(
            torchState,
            new NDList(torchState.get(0)),
            1e-4f,
            1e-4f,
            0.1f,
            1,
            -1,
            0.9f,
            0.95f,
            1e-8f,
            false,
            true);
  }
}
