package org.rlhf4j.cuda;

import static org.rlhf4j.cuda.Device.address;

import org.rlhf4j.cuda.driver.Launch;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Tensor;

/**
 * Copies between tensors, which have single precision, and 16 bits an element: checkpoints and
 * caches of half the size.
 */
public final class DeviceCasts {
  /** What the 16 bits mean. */
  public enum Format {
    /** 5 bits of exponent, 10 of fraction. */
    F16,
    /** The upper half of a float: 8 bits of exponent, 7 of fraction. */
    BF16
  }

  private final Device device;

  public DeviceCasts(CudaBackend backend) {
    device = backend.device();
  }

  /** y[i] = x[i] rounded to nearest, ties to even; too large is infinite, a NaN stays one. */
  public void narrow(Tensor x, Format format, DeviceBytes y) {
    Check.sameCount("x", 2 * x.size(), "the memory of 16 bits an element", y.length());
    run("cast/1-narrow.ptx", "narrow", address(x), y.address(), format, x.size());
  }

  /** y[i] = x[i], exactly. */
  public void widen(DeviceBytes x, Format format, Tensor y) {
    Check.sameCount("the memory of 16 bits an element", x.length(), "y", 2 * y.size());
    run("cast/1-widen.ptx", "widen", x.address(), address(y), format, y.size());
  }

  private void run(String file, String entry, long x, long y, Format format, int size) {
    if (size > 0) {
      Launch launch = device.grids().fours(file, entry, size);
      device.run(launch.pointer(x).pointer(y).whole(format == Format.BF16 ? 1 : 0).whole(size));
    }
  }
}
