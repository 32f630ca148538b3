package org.rlhf4j.tensor.kernel;

import org.rlhf4j.tensor.HostBuffer;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Tensor;

/**
 * Random masks from a counter, so that element i depends on the key and i only, on every backend
 * and under any number of threads.
 */
public interface RandomKernels {
  /** y[i] = x[i] / (1 - rate) with probability 1 - rate, else 0. {@code y} may be {@code x}. */
  default void dropout(Tensor x, RandomKey key, double rate, Tensor y) {
    HostBuffer in = x.host();
    HostBuffer out = y.host();
    for (int i = 0; i < x.size(); i++) {
      out.set(i, Philox.uniform(key.seed(), i) >= rate ? in.get(i) / (1 - rate) : 0);
    }
  }

  /** dx[i] += dy[i] / (1 - rate) where the same key kept element i. */
  default void dropoutBackward(Tensor dy, RandomKey key, double rate, Tensor dx) {
    HostBuffer dout = dy.host();
    HostBuffer din = dx.host();
    for (int i = 0; i < dy.size(); i++) {
      if (Philox.uniform(key.seed(), i) >= rate) {
        din.add(i, dout.get(i) / (1 - rate));
      }
    }
  }
}
