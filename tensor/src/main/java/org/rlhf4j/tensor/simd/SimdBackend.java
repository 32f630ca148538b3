package org.rlhf4j.tensor.simd;

import org.rlhf4j.tensor.FloatArray;
import org.rlhf4j.tensor.HostBackend;
import org.rlhf4j.tensor.HostBuffer;
import org.rlhf4j.tensor.kernel.AttentionKernels;
import org.rlhf4j.tensor.kernel.ElementKernels;
import org.rlhf4j.tensor.kernel.EmbeddingKernels;
import org.rlhf4j.tensor.kernel.MatrixKernels;
import org.rlhf4j.tensor.kernel.NormKernels;
import org.rlhf4j.tensor.kernel.OptimizerKernels;
import org.rlhf4j.tensor.kernel.RandomKernels;
import org.rlhf4j.tensor.kernel.RowKernels;

/** The fast host backend: float memory, vector kernels, a fixed number of threads. */
public final class SimdBackend implements HostBackend {
  private final Parallel parallel;
  private final Gemm matrices;

  public SimdBackend(int threads) {
    parallel = new Parallel(threads);
    matrices = new Gemm(parallel);
  }

  /** {@return how many threads the kernels may use} */
  public int threads() {
    return parallel.threads();
  }

  @Override
  public String name() {
    return "simd";
  }

  @Override
  public HostBuffer allocate(int length) {
    return new FloatArray(length);
  }

  @Override
  public ElementKernels elements() {
    return new ElementKernels() {};
  }

  @Override
  public RowKernels rows() {
    return new RowKernels() {};
  }

  @Override
  public MatrixKernels matrices() {
    return matrices;
  }

  @Override
  public NormKernels norms() {
    return new NormKernels() {};
  }

  @Override
  public AttentionKernels attention() {
    return new AttentionKernels() {};
  }

  @Override
  public EmbeddingKernels embeddings() {
    return new EmbeddingKernels() {};
  }

  @Override
  public OptimizerKernels optimizers() {
    return new OptimizerKernels() {};
  }

  @Override
  public RandomKernels randoms() {
    return new RandomKernels() {};
  }

  @Override
  public void close() {
    parallel.close();
  }
}
