package org.rlhf4j.cuda;

import static org.rlhf4j.cuda.Device.address;

import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.RandomKernels;

/** Dropout: one kernel for both ways. */
final class CudaRandoms implements RandomKernels {
  private final Device device;

  CudaRandoms(Device device) {
    this.device = device;
  }

  @Override
  public void dropout(Tensor x, RandomKey key, double rate, Tensor y) {
    run(x, key, rate, y, false);
  }

  @Override
  public void dropoutBackward(Tensor dy, RandomKey key, double rate, Tensor dx) {
    run(dy, key, rate, dx, true);
  }

  private void run(Tensor x, RandomKey key, double rate, Tensor y, boolean add) {
    if (x.size() > 0) {
      device.run(
          device
              .grids()
              .fours("dropout/1-philox.ptx", "dropout", x.size())
              .pointer(address(x))
              .pointer(address(y))
              .whole((int) key.seed())
              .whole((int) (key.seed() >>> 32))
              .whole((int) Math.ceil(rate * 0x1p24))
              .real(1 / (1 - rate))
              .whole(add ? 1 : 0)
              .whole(x.size()));
    }
  }
}
