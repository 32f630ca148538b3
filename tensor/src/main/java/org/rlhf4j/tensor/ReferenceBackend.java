package org.rlhf4j.tensor;

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
 * The oracle: memory and arithmetic in double precision, every kernel the plain loop that defines
 * it. Slow on purpose; gradients are checked on it and every other backend is compared with it.
 */
public final class ReferenceBackend implements HostBackend {
  @Override
  public String name() {
    return "reference";
  }

  @Override
  public HostBuffer allocate(int length) {
    return new DoubleArray(length);
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
    return new MatrixKernels() {};
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
  public SamplingKernels sampling() {
    return new SamplingKernels() {};
  }
}
