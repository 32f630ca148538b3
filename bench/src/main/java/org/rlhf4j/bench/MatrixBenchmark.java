package org.rlhf4j.bench;

import ai.djl.ndarray.NDArray;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.mkl.global.mkl_rt;
import org.bytedeco.openblas.global.openblas;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.rlhf4j.tensor.Tensor;

/**
 * The products of a layer, shapes m x n x k: C = A B^T forward, C = A^T B for the weight's
 * gradient.
 */
@State(Scope.Benchmark)
@Fork(value = 1, jvmArgsAppend = Peers.MODULES)
public class MatrixBenchmark implements Contest.Paired {
  @Param({"1", "2"})
  int threads;

  /**
   * Square; layers of a small decoder (tokens x out x in); a vocabulary; a decoded token, or 16.
   */
  @Param({
    "64x64x64",
    "256x256x256",
    "512x512x512",
    "1024x1024x1024",
    "2048x2048x2048",
    "2048x512x128",
    "2048x128x512",
    "512x50257x64",
    "16x512x512",
    "4x512x512",
    "1x512x512",
    "1x4096x64"
  })
  String shape = "";

  private Peers peers;
  private Tensor a;
  private Tensor b;
  private Tensor c;
  private Tensor turnedA;
  private Tensor turnedB;
  private NDArray torchA;
  private NDArray torchB;
  private NDArray torchTurnedA;
  private NDArray torchTurnedB;
  private FloatPointer nativeA = new FloatPointer();
  private FloatPointer nativeB = new FloatPointer();
  private FloatPointer nativeC = new FloatPointer();

  @Override
  @Setup(Level.Trial)
  public void setUp() {
    peers = new Peers(threads);
    int[] mnk = Work.dims(shape);
    a = peers.tensor("a", mnk[0], mnk[2]);
    b = peers.tensor("b", mnk[1], mnk[2]);
    c = peers.workspace.zeros(org.rlhf4j.tensor.Shape.of(mnk[0], mnk[1]));
    turnedA = a.reshape(org.rlhf4j.tensor.Shape.of(mnk[2], mnk[0]));
    turnedB = b.reshape(org.rlhf4j.tensor.Shape.of(mnk[2], mnk[1]));
    torchA = peers.torch("a", mnk[0], mnk[2]);
    torchB = peers.torch("b", mnk[1], mnk[2]).transpose();
    torchTurnedA = peers.torch("a", mnk[2], mnk[0]).transpose();
    torchTurnedB = peers.torch("b", mnk[2], mnk[1]);
    nativeA = new FloatPointer(Peers.normal("a", mnk[0] * mnk[2]));
    nativeB = new FloatPointer(Peers.normal("b", mnk[1] * mnk[2]));
    nativeC = new FloatPointer((long) mnk[0] * mnk[1]);
    openblas.blas_set_num_threads(threads);
    forwardOpenblas(); // binds it: MKL, loaded next, has functions of the same names for all to see
    mkl_rt.MKL_Set_Num_Threads(threads);
    shortenSpinning();
  }

  /**
   * MKL's threads spin for 200 ms after a product, on a core that the next side then lacks; 5 ms
   * still bridge the calls of a batch.
   */
  @SuppressWarnings("restricted") // a function of one int, which cannot harm the JVM
  private static void shortenSpinning() {
    SymbolLookup.loaderLookup()
        .find("kmp_set_blocktime")
        .ifPresent(function -> {
          MethodHandle set =
              Linker.nativeLinker()
                  .downcallHandle(function, FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT));
          try {
            set.invokeExact(5);
          } catch (Throwable e) {
            throw new LinkageError("kmp_set_blocktime cannot be called", e);
          }
        });
  }

  @Override
  @TearDown(Level.Trial)
  public void tearDown() {
    nativeA.close();
    nativeB.close();
    nativeC.close();
    peers.close();
  }

  @Benchmark
  public Tensor forwardOurs() {
    peers.backend().matrices().multiply(a, false, b, true, c, false);
    return c;
  }

  @Benchmark
  public void forwardLibtorch() {
    torchA.matMul(torchB).close();
  }

  @Benchmark
  public Tensor gradientOurs() {
    peers.backend().matrices().multiply(turnedA, true, turnedB, false, c, false);
    return c;
  }

  @Benchmark
  public void gradientLibtorch() {
    torchTurnedA.matMul(torchTurnedB).close();
  }

  @Benchmark
  public void forwardOpenblas() {
    int[] mnk = Work.dims(shape);
    openblas.cblas_sgemm(
        openblas.CblasRowMajor,
        openblas.CblasNoTrans,
        openblas.CblasTrans,
        mnk[0],
        mnk[1],
        mnk[2],
        1,
        nativeA,
        mnk[2],
        nativeB,
        mnk[2],
        0,
        nativeC,
        mnk[1]);
  }

  @Benchmark
  public void gradientOpenblas() {
    int[] mnk = Work.dims(shape);
    openblas.cblas_sgemm(
        openblas.CblasRowMajor,
        openblas.CblasTrans,
        openblas.CblasNoTrans,
        mnk[0],
        mnk[1],
        mnk[2],
        1,
        nativeA,
        mnk[0],
        nativeB,
        mnk[1],
        0,
        nativeC,
        mnk[1]);
  }

  @Benchmark
  public void forwardMkl() {
    int[] mnk = Work.dims(shape);
    mkl_rt.cblas_sgemm(
        mkl_rt.CblasRowMajor,
        mkl_rt.CblasNoTrans,
        mkl_rt.CblasTrans,
        mnk[0],
        mnk[1],
        mnk[2],
        1,
        nativeA,
        mnk[2],
        nativeB,
        mnk[2],
        0,
        nativeC,
        mnk[1]);
  }

  @Benchmark
  public void gradientMkl() {
    int[] mnk = Work.dims(shape);
    mkl_rt.cblas_sgemm(
        mkl_rt.CblasRowMajor,
        mkl_rt.CblasTrans,
        mkl_rt.CblasNoTrans,
        mnk[0],
        mnk[1],
        mnk[2],
        1,
        nativeA,
        mnk[0],
        nativeB,
        mnk[1],
        0,
        nativeC,
        mnk[1]);
  }
}
