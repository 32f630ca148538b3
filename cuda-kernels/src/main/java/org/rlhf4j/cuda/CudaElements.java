package org.rlhf4j.cuda;

import static org.rlhf4j.cuda.Device.address;

import org.rlhf4j.cuda.driver.Launch;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.ElementKernels;
import org.rlhf4j.tensor.kernel.Pairwise;
import org.rlhf4j.tensor.kernel.Pointwise;

/** Work on elements one by one: one launch record a kernel. */
final class CudaElements implements ElementKernels {
  private final Device device;

  CudaElements(Device device) {
    this.device = device;
  }

  @Override
  public void fill(Tensor y, double value) {
    device.driver().fill(address(y), Float.floatToRawIntBits((float) value), y.size());
  }

  @Override
  public void copy(Tensor x, Tensor y) {
    device.driver().copy(address(x), address(y), x.size());
  }

  @Override
  public void affine(Tensor x, double scale, double shift, Tensor y) {
    run(
        x.size(),
        device
            .grids()
            .fours("affine/1-fours.ptx", "affine", x.size())
            .pointer(address(x))
            .pointer(address(y))
            .real(scale)
            .real(shift));
  }

  @Override
  public void addScaled(Tensor x, double scale, Tensor y) {
    run(
        x.size(),
        device
            .grids()
            .fours("addscaled/1-fours.ptx", "add_scaled", x.size())
            .pointer(address(x))
            .pointer(address(y))
            .real(scale));
  }

  @Override
  public void pointwise(Pointwise f, Tensor x, Tensor y) {
    run(
        x.size(),
        device
            .grids()
            .elements("pointwise/1-switch.ptx", "pointwise", x.size())
            .pointer(address(x))
            .pointer(address(y))
            .whole(Codes.of(f)));
  }

  @Override
  public void pointwiseBackward(Pointwise f, Tensor x, Tensor y, Tensor dy, Tensor dx) {
    run(
        x.size(),
        device
            .grids()
            .elements("pointwise/1-backward.ptx", "pointwise_backward", x.size())
            .pointer(address(x))
            .pointer(address(y))
            .pointer(address(dy))
            .pointer(address(dx))
            .whole(Codes.of(f)));
  }

  @Override
  public void pairwise(Pairwise f, Tensor a, Tensor b, Tensor y) {
    Axes axes = Axes.of(y.shape(), a.shape(), b.shape());
    Launch launch =
        device
            .grids()
            .elements("pairwise/1-switch.ptx", "pairwise", y.size())
            .pointer(address(a))
            .pointer(address(b))
            .pointer(address(y));
    run(y.size(), with(launch, axes).whole(Codes.of(f)));
  }

  @Override
  public void pairwiseBackward(
      Pairwise f, boolean ofLeft, Tensor a, Tensor b, Tensor dy, Tensor d) {
    Axes axes = Axes.of(dy.shape(), a.shape(), b.shape());
    Launch launch =
        device
            .grids()
            .elements("pairwise/1-backward.ptx", "pairwise_backward", dy.size())
            .pointer(address(a))
            .pointer(address(b))
            .pointer(address(dy))
            .pointer(address(d));
    run(dy.size(), with(launch, axes).whole(Codes.of(f)).whole(ofLeft ? 1 : 0));
  }

  @Override
  public void addSum(Tensor x, Tensor y) {
    if (x.size() > 0) {
      new CudaSum(device).add(x, y);
    }
  }

  @Override
  public void addBroadcast(Tensor x, double scale, Tensor y) {
    Axes axes = Axes.of(y.shape(), x.shape());
    Launch launch =
        device
            .grids()
            .elements("addbroadcast/1-strided.ptx", "add_broadcast", y.size())
            .pointer(address(x))
            .pointer(address(y));
    run(y.size(), with(launch, axes).real(scale));
  }

  @Override
  public void masked(Tensor x, Tensor mask, double fill, Tensor y) {
    run(
        x.size(),
        device
            .grids()
            .elements("masked/1-select.ptx", "masked", x.size())
            .pointer(address(x))
            .pointer(address(mask))
            .pointer(address(y))
            .real(fill));
  }

  @Override
  public void maskedBackward(Tensor mask, Tensor dy, Tensor dx) {
    run(
        dy.size(),
        device
            .grids()
            .elements("masked/1-backward.ptx", "masked_backward", dy.size())
            .pointer(address(mask))
            .pointer(address(dy))
            .pointer(address(dx)));
  }

  @Override
  public void addSlice(Tensor x, int axis, int from, Tensor y) {
    Shape small = y.shape();
    int inner = small.inner(axis);
    int length = small.dim(axis) * inner;
    int stride = x.shape().dim(axis) * inner;
    slice(x, y, small.outer(axis), length, stride, from * inner, length, 0);
  }

  @Override
  public void addIntoSlice(Tensor x, int axis, int from, Tensor y) {
    Shape small = x.shape();
    int inner = small.inner(axis);
    int length = small.dim(axis) * inner;
    int stride = y.shape().dim(axis) * inner;
    slice(x, y, small.outer(axis), length, length, 0, stride, from * inner);
  }

  /** y[o yStride + yFrom + i] += x[o xStride + xFrom + i] for o below outer, i below length. */
  private void slice(
      Tensor x, Tensor y, int outer, int length, int xStride, int xFrom, int yStride, int yFrom) {
    if (outer * length == 0) {
      return;
    }
    device.run(
        device
            .grids()
            .elements("slice/1-strided.ptx", "slice", outer * length)
            .pointer(address(x))
            .pointer(address(y))
            .whole(outer)
            .whole(length)
            .whole(xStride)
            .whole(xFrom)
            .whole(yStride)
            .whole(yFrom));
  }

  @Override
  public void swiGlu(Tensor gate, Tensor up, Tensor y) {
    run(
        y.size(),
        device
            .grids()
            .fours("swiglu/1-fours.ptx", "swiglu", y.size())
            .pointer(address(gate))
            .pointer(address(up))
            .pointer(address(y)));
  }

  @Override
  public void swiGluBackward(Tensor gate, Tensor up, Tensor dy, Tensor dgate, Tensor dup) {
    run(
        dy.size(),
        device
            .grids()
            .fours("swiglu/1-backward.ptx", "swiglu_backward", dy.size())
            .pointer(address(gate))
            .pointer(address(up))
            .pointer(address(dy))
            .pointer(address(dgate))
            .pointer(address(dup)));
  }

  private void run(int size, Launch launch) {
    if (size > 0) {
      device.run(launch.whole(size));
    }
  }

  private static Launch with(Launch launch, Axes axes) {
    Launch more = launch;
    for (int axis = 1; axis < axes.lengths().length; axis++) {
      more = more.whole(axes.lengths()[axis]);
    }
    for (int[] strides : axes.strides()) {
      for (int stride : strides) {
        more = more.whole(stride);
      }
    }
    return more;
  }
}
