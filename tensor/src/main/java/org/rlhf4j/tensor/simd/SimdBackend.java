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
import org.rlhf4j.tensor.kernel.SamplingKernels;

/**
 * The fast host backend: float memory, vector kernels, a fixed number of threads. For one thread at
 * a time, since its kernels share scratch memory.
 */
public final class SimdBackend implements HostBackend {
  private final Parallel parallel;
  private final SimdElements elements;
  private final SimdRows rows;
  private final Gemm matrices;
  private final SimdNorms norms;
  private final SimdAttention attention;
  private final SimdEmbeddings embeddings;
  private final SimdOptimizer optimizers;
  private final SimdRandoms randoms;
  private final SimdSampling sampling;

  public SimdBackend(int threads) {
    parallel = new Parallel(threads);
    elements = new SimdElements(parallel);
    rows = new SimdRows(parallel);
    matrices = new Gemm(parallel);
    norms = new SimdNorms(parallel);
    attention = new SimdAttention(parallel);
    embeddings = new SimdEmbeddings(parallel);
    optimizers = new SimdOptimizer(parallel);
    randoms = new SimdRandoms(parallel);
    sampling = new SimdSampling(parallel);
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
    return elements;
  }

  @Override
  public RowKernels rows() {
    return rows;
  }

  @Override
  public MatrixKernels matrices() {
    return matrices;
  }

  @Override
  public NormKernels norms() {
    return norms;
  }

  @Override
  public AttentionKernels attention() {
    return attention;
  }

  @Override
  public EmbeddingKernels embeddings() {
    return embeddings;
  }

  @Override
  public OptimizerKernels optimizers() {
    return optimizers;
  }

  @Override
  public RandomKernels randoms() {
    return randoms;
  }

  @Override
  public SamplingKernels sampling() {
    return sampling;
  }

  @Override
  public void close() {
    parallel.close();
  }
}
