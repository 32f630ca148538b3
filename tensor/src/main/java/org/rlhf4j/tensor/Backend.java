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
 * What a machine must be able to do: hold memory and run the kernel families. The default methods
 * of a family are the reference, plain loops in double precision; a backend overrides what it does
 * faster. A backend whose memory is not on the host overrides all of them.
 */
public interface Backend extends AutoCloseable {
  /** {@return the name it is asked for by, such as {@code simd}} */
  String name();

  /** {@return new memory for this many elements, contents arbitrary} */
  Buffer allocate(int length);

  /** Takes memory back for good. */
  void free(Buffer buffer);

  /** Copies {@code values} to the start of {@code buffer}. */
  void upload(double[] values, Buffer buffer);

  /** Fills {@code values} from the start of {@code buffer}. */
  void download(Buffer buffer, double[] values);

  /**
   * Runs a step that is likely to come again with the same shapes, such as that of one more token.
   * A backend may remember what such a step asks of the machine and ask for it as a whole.
   */
  default void repeat(Runnable step) {
    step.run();
  }

  ElementKernels elements();

  RowKernels rows();

  MatrixKernels matrices();

  NormKernels norms();

  AttentionKernels attention();

  EmbeddingKernels embeddings();

  OptimizerKernels optimizers();

  RandomKernels randoms();

  SamplingKernels sampling();

  /** Ends threads and contexts; all pools must be closed before. */
  @Override
  void close();
}
