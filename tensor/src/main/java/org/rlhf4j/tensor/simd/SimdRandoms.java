package org.rlhf4j.tensor.simd;

import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.Philox;
import org.rlhf4j.tensor.kernel.RandomKernels;

/** Dropout, four elements from each block of the counter, with the mask of the reference. */
final class SimdRandoms implements RandomKernels {
  private final Parallel parallel;

  SimdRandoms(Parallel parallel) {
    this.parallel = parallel;
  }

  @Override
  public void dropout(Tensor x, RandomKey key, double rate, Tensor y) {
    float[] in = x.floats();
    float[] out = y.floats();
    float scale = (float) (1 / (1 - rate));
    parallel.elements(
        x.size(),
        16,
        (from, to) -> {
          for (int first = from; first < to; first += 4) {
            int[] words = Philox.block(key.seed(), first >>> 2);
            for (int i = first; i < Math.min(to, first + 4); i++) {
              out[i] = keeps(words[i & 3], rate) ? in[i] * scale : 0;
            }
          }
        });
  }

  @Override
  public void dropoutBackward(Tensor dy, RandomKey key, double rate, Tensor dx) {
    float[] dout = dy.floats();
    float[] din = dx.floats();
    float scale = (float) (1 / (1 - rate));
    parallel.elements(
        dy.size(),
        16,
        (from, to) -> {
          for (int first = from; first < to; first += 4) {
            int[] words = Philox.block(key.seed(), first >>> 2);
            for (int i = first; i < Math.min(to, first + 4); i++) {
              din[i] += keeps(words[i & 3], rate) ? dout[i] * scale : 0;
            }
          }
        });
  }

  private static boolean keeps(int word, double rate) {
    return (word >>> 8) * 0x1p-24 >= rate;
  }
}
