package org.rlhf4j.tensor.simd;

import java.util.Arrays;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.Broadcast;
import org.rlhf4j.tensor.kernel.ElementKernels;
import org.rlhf4j.tensor.kernel.Pairwise;
import org.rlhf4j.tensor.kernel.Pointwise;

/** Work on elements one by one; the loops are in the classes named after what they compute. */
final class SimdElements implements ElementKernels {
  private final Parallel parallel;

  SimdElements(Parallel parallel) {
    this.parallel = parallel;
  }

  @Override
  public void fill(Tensor y, double value) {
    float[] out = y.floats();
    parallel.elements(y.size(), 1, (from, to) -> Arrays.fill(out, from, to, (float) value));
  }

  @Override
  public void copy(Tensor x, Tensor y) {
    float[] in = x.floats();
    float[] out = y.floats();
    parallel.elements(y.size(), 1, (from, to) -> System.arraycopy(in, from, out, from, to - from));
  }

  @Override
  public void affine(Tensor x, double scale, double shift, Tensor y) {
    float[] in = x.floats();
    float[] out = y.floats();
    float slope = (float) scale;
    float constant = (float) shift;
    parallel.elements(
        x.size(), 1, (from, to) -> SimdElementLoops.affine(in, slope, constant, out, from, to));
  }

  @Override
  public void addScaled(Tensor x, double scale, Tensor y) {
    float[] in = x.floats();
    float[] out = y.floats();
    parallel.elements(
        x.size(),
        1,
        (from, to) -> SimdElementLoops.addScaled(in, from, (float) scale, out, from, to - from));
  }

  @Override
  public void pointwise(Pointwise f, Tensor x, Tensor y) {
    if (!SimdPointwise.covers(f)) {
      ElementKernels.super.pointwise(f, x, y);
      return;
    }
    float[] in = x.floats();
    float[] out = y.floats();
    parallel.elements(x.size(), 4, (from, to) -> SimdPointwise.run(f, in, out, from, to));
  }

  @Override
  public void pointwiseBackward(Pointwise f, Tensor x, Tensor y, Tensor dy, Tensor dx) {
    if (!SimdPointwise.covers(f)) {
      ElementKernels.super.pointwiseBackward(f, x, y, dy, dx);
      return;
    }
    float[] in = x.floats();
    float[] out = y.floats();
    float[] dout = dy.floats();
    float[] din = dx.floats();
    parallel.elements(
        x.size(), 4, (from, to) -> SimdPointwiseBackward.run(f, in, out, dout, din, from, to));
  }

  @Override
  public void pairwise(Pairwise f, Tensor a, Tensor b, Tensor y) {
    float[] out = y.floats();
    forEachRun(
        a,
        b,
        y.shape(),
        (first, n, left, ia, right, ib) -> SimdPairwise.run(f, left, ia, right, ib, out, first, n));
  }

  @Override
  public void pairwiseBackward(
      Pairwise f, boolean ofLeft, Tensor a, Tensor b, Tensor dy, Tensor d) {
    float[] dout = dy.floats();
    float[] into = d.floats();
    forEachRun(
        a,
        b,
        dy.shape(),
        (first, n, left, ia, right, ib) ->
            SimdPairwiseBackward.run(f, ofLeft, left, ia, right, ib, dout, into, first, n));
  }

  @Override
  public void addSum(Tensor x, Tensor y) {
    new SimdSums(parallel).addSum(x, y);
  }

  @Override
  public void addBroadcast(Tensor x, double scale, Tensor y) {
    float[] out = y.floats();
    forEachRun(
        x,
        x,
        y.shape(),
        (first, n, in, i, _, _) -> SimdElementLoops.addScaled(in, i, (float) scale, out, first, n));
  }

  @Override
  public void masked(Tensor x, Tensor mask, double fill, Tensor y) {
    float[] in = x.floats();
    float[] keep = mask.floats();
    float[] out = y.floats();
    parallel.elements(
        x.size(), 1, (from, to) -> SimdElementLoops.masked(in, keep, (float) fill, out, from, to));
  }

  @Override
  public void maskedBackward(Tensor mask, Tensor dy, Tensor dx) {
    float[] keep = mask.floats();
    float[] dout = dy.floats();
    float[] din = dx.floats();
    parallel.elements(
        dy.size(), 1, (from, to) -> SimdElementLoops.maskedBackward(keep, dout, din, from, to));
  }

  @Override
  public void addSlice(Tensor x, int axis, int from, Tensor y) {
    int inner = y.shape().inner(axis);
    int length = y.shape().dim(axis) * inner;
    int stride = x.shape().dim(axis) * inner;
    parallel.rows(
        y.shape().outer(axis),
        Lanes.grain(length, 1),
        (low, high) -> {
          for (int o = low; o < high; o++) {
            SimdElementLoops.addScaled(
                x.floats(), o * stride + from * inner, 1, y.floats(), o * length, length);
          }
        });
  }

  @Override
  public void addIntoSlice(Tensor x, int axis, int from, Tensor y) {
    int inner = x.shape().inner(axis);
    int length = x.shape().dim(axis) * inner;
    int stride = y.shape().dim(axis) * inner;
    parallel.rows(
        x.shape().outer(axis),
        Lanes.grain(length, 1),
        (low, high) -> {
          for (int o = low; o < high; o++) {
            SimdElementLoops.addScaled(
                x.floats(), o * length, 1, y.floats(), o * stride + from * inner, length);
          }
        });
  }

  @Override
  public void swiGlu(Tensor gate, Tensor up, Tensor y) {
    float[] g = gate.floats();
    float[] u = up.floats();
    float[] out = y.floats();
    parallel.elements(y.size(), 4, (from, to) -> SimdElementLoops.swiGlu(g, u, out, from, to));
  }

  @Override
  public void swiGluBackward(Tensor gate, Tensor up, Tensor dy, Tensor dgate, Tensor dup) {
    float[] g = gate.floats();
    float[] u = up.floats();
    float[] dout = dy.floats();
    float[] dg = dgate.floats();
    float[] du = dup.floats();
    parallel.elements(
        dy.size(), 4, (from, to) -> SimdElementLoops.swiGluBackward(g, u, dout, dg, du, from, to));
  }

  /** What is done for n consecutive elements from {@code first}, with the operands' values. */
  private interface Run {
    void accept(int first, int n, float[] a, int ia, float[] b, int ib);
  }

  /**
   * Cuts broadcasting into runs in which each operand is consecutive: all at once where both have
   * the shape of the result or one element, else row by row. An operand that is stretched along the
   * run is first copied out.
   */
  private void forEachRun(Tensor a, Tensor b, Shape shape, Run run) {
    int size = shape.size();
    if (size == 0) {
      return;
    }
    boolean flat = (a.size() == size || a.size() == 1) && (b.size() == size || b.size() == 1);
    int n = flat ? size : shape.columns();
    int runs = Math.ceilDiv(n, Parallel.BLOCK);
    boolean stretchA = flat ? a.size() != size : a.shape().columns() != n;
    boolean stretchB = flat ? b.size() != size : b.shape().columns() != n;
    Broadcast toA = new Broadcast(a.shape(), shape);
    Broadcast toB = new Broadcast(b.shape(), shape);
    parallel.rows(
        size / n * runs,
        Lanes.grain(Math.min(n, Parallel.BLOCK), 1),
        (low, high) -> {
          float[] copyA = parallel.scratch().floats(0, Parallel.BLOCK);
          float[] copyB = parallel.scratch().floats(1, Parallel.BLOCK);
          for (int item = low; item < high; item++) {
            int first = item / runs * n + item % runs * Parallel.BLOCK;
            int length = Math.min(Parallel.BLOCK, n - item % runs * Parallel.BLOCK);
            int ia = flat && !stretchA ? first : toA.index(first);
            int ib = flat && !stretchB ? first : toB.index(first);
            if (stretchA) {
              Arrays.fill(copyA, 0, length, a.floats()[ia]);
            }
            if (stretchB) {
              Arrays.fill(copyB, 0, length, b.floats()[ib]);
            }
            run.accept(
                first,
                length,
                stretchA ? copyA : a.floats(),
                stretchA ? 0 : ia,
                stretchB ? copyB : b.floats(),
                stretchB ? 0 : ib);
          }
        });
  }
}
