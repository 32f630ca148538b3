package org.rlhf4j.bench;

import ai.djl.ndarray.NDArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.rlhf4j.tensor.Tensor;

/** C = A B^T, the product of a layer: shapes m x n x k. */
@State(Scope.Benchmark)
public class MatrixBenchmark {
  @Param({"1", "2"})
  int threads;

  /** Square, the layers of a small decoder (tokens x out x in), a vocabulary, one decoded token. */
  @Param({
    "256x256x256",
    "512x512x512",
    "1024x1024x1024",
    "2048x512x128",
    "512x50257x64",
    "1x512x512"
  })
  String shape = "";

  private Peers peers;
  private Tensor a;
  private Tensor b;
  private Tensor c;
  private NDArray torchA;
  private NDArray torchB;

  static int[] dims(String shape) {
    String[] parts = shape.split("x", -1);
    return new int[] {
      Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2])
    };
  }

  @Setup(Level.Trial)
  public void setUp() {
    peers = new Peers(threads);
    int[] mnk = dims(shape);
    a = peers.tensor("a", mnk[0], mnk[2]);
    b = peers.tensor("b", mnk[1], mnk[2]);
    c = peers.workspace.zeros(org.rlhf4j.tensor.Shape.of(mnk[0], mnk[1]));
    torchA = peers.torch("a", mnk[0], mnk[2]);
    torchB = peers.torch("b", mnk[1], mnk[2]).transpose();
  }

  @TearDown(Level.Trial)
  public void tearDown() {
    peers.close();
  }

  @Benchmark
  public Tensor ours() {
    peers.backend().matrices().multiply(a, false, b, true, c, false);
    return c;
  }

  @Benchmark
  public void libtorch() {
    torchA.matMul(torchB).close();
  }
}
