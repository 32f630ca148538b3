package org.rlhf4j.tensor.simd;

import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.EmbeddingKernels;

/** Table look-up by row copies; its gradient split over columns, so that ids may repeat. */
final class SimdEmbeddings implements EmbeddingKernels {
  /** Columns that a thread takes together. */
  private static final int STRIP = 64;

  private final Parallel parallel;

  SimdEmbeddings(Parallel parallel) {
    this.parallel = parallel;
  }

  @Override
  public void gather(Tensor table, int[] ids, Tensor y) {
    int width = table.shape().columns();
    float[] in = table.floats();
    float[] out = y.floats();
    parallel.rows(
        ids.length,
        Lanes.grain(width, 1),
        (low, high) -> {
          for (int i = low; i < high; i++) {
            System.arraycopy(in, ids[i] * width, out, i * width, width);
          }
        });
  }

  @Override
  public void addScatter(Tensor dy, int[] ids, Tensor dtable) {
    int width = dtable.shape().columns();
    float[] dout = dy.floats();
    float[] into = dtable.floats();
    parallel.rows(
        Math.ceilDiv(width, STRIP),
        Lanes.grain(STRIP, ids.length),
        (low, high) -> {
          int from = low * STRIP;
          int n = Math.min(width, high * STRIP) - from;
          for (int i = 0; i < ids.length; i++) {
            SimdElementLoops.addScaled(dout, i * width + from, 1, into, ids[i] * width + from, n);
          }
        });
  }
}
