package org.rlhf4j.bench;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.training.GradientCollector;
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
import org.rlhf4j.tensor.kernel.Positions;

/**
 * Causal attention, batch x time x heads x headDim. libtorch runs it op by op with a mask, on
 * tensors that are already laid out head by head: DJL does not offer its fused kernel.
 */
@State(Scope.Benchmark)
@Fork(value = 1, jvmArgsAppend = Peers.MODULES)
public class AttentionBenchmark implements Contest.Paired {
  @Param({"1", "2"})
  int threads;

  @Param({"8x256x4x32", "2x512x4x64"})
  String shape = "";

  private Peers peers;
  private Tensor q;
  private Tensor k;
  private Tensor v;
  private Tensor out;
  private Tensor lse;
  private Tensor dout;
  private Tensor dq;
  private Tensor dk;
  private Tensor dv;
  private Positions positions;
  private double scale;
  private NDArray torchQ;
  private NDArray torchK;
  private NDArray torchV;
  private NDArray torchDout;
  private NDArray torchMask;

  @Override
  @Setup(Level.Trial)
  public void setUp() {
    peers = new Peers(threads);
    int[] d = Work.dims(shape);
    Shape all = Shape.of(d);
    q = peers.tensor("q", d);
    k = peers.tensor("k", d);
    v = peers.tensor("v", d);
    dout = peers.tensor("dout", d);
    out = peers.workspace.zeros(all);
    dq = peers.workspace.zeros(all);
    dk = peers.workspace.zeros(all);
    dv = peers.workspace.zeros(all);
    lse = peers.workspace.zeros(Shape.of(d[0], d[2], d[1]));
    positions = Positions.unpadded(d[0]);
    scale = 1 / Math.sqrt(d[3]);
    torchQ = peers.torch("q", d[0], d[2], d[1], d[3]);
    torchK = peers.torch("k", d[0], d[2], d[1], d[3]);
    torchV = peers.torch("v", d[0], d[2], d[1], d[3]);
    torchDout = peers.torch("dout", d[0], d[2], d[1], d[3]);
    float[] mask = new float[d[1] * d[1]];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = i % d[1] <= i / d[1] ? 0 : Float.NEGATIVE_INFINITY;
    }
    torchMask = peers.torch.create(mask, new ai.djl.ndarray.types.Shape(d[1], d[1]));
    for (NDArray x : new NDArray[] {torchQ, torchK, torchV}) {
      x.setRequiresGradient(true);
    }
  }

  @Override
  @TearDown(Level.Trial)
  public void tearDown() {
    peers.close();
  }

  @Benchmark
  public Tensor forwardBackwardOurs() {
    peers.backend().attention().attention(q, k, v, positions, scale, out, lse);
    peers
        .backend()
        .attention()
        .attentionBackward(q, k, v, out, lse, dout, positions, scale, dq, dk, dv);
    return dq;
  }

  @Benchmark
  public void forwardBackwardLibtorch() {
    try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector();
        NDArray scores = torchQ.matMul(torchK.swapAxes(2, 3));
        NDArray scaled = scores.mul(scale);
        NDArray masked = scaled.add(torchMask);
        NDArray p = masked.softmax(-1);
        NDArray mixed = p.matMul(torchV);
        NDArray weighted = mixed.mul(torchDout);
        NDArray loss = weighted.sum()) {
      collector.backward(loss);
    }
  }
}
