package org.rlhf4j.tensor.kernel;

import org.rlhf4j.tensor.HostBuffer;
import org.rlhf4j.tensor.Tensor;

/**
 * Table look-up and its gradient. Shapes: table {@code [entries, width]}, y {@code [ids, width]}.
 */
public interface EmbeddingKernels {
  /** y[i] = table[ids[i]]. */
  default void gather(Tensor table, int[] ids, Tensor y) {
    HostBuffer in = table.host();
    HostBuffer out = y.host();
    int width = table.shape().columns();
    for (int i = 0; i < ids.length; i++) {
      for (int j = 0; j < width; j++) {
        out.set(i * width + j, in.get(ids[i] * width + j));
      }
    }
  }

  /** dtable[ids[i]] += dy[i]; an id that occurs twice is added in order of i. */
  default void addScatter(Tensor dy, int[] ids, Tensor dtable) {
    HostBuffer dout = dy.host();
    HostBuffer into = dtable.host();
    int width = dtable.shape().columns();
    for (int i = 0; i < ids.length; i++) {
      for (int j = 0; j < width; j++) {
        into.add(ids[i] * width + j, dout.get(i * width + j));
      }
    }
  }
}
