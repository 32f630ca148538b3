package org.rlhf4j.tensor.kernel;

import org.rlhf4j.tensor.HostBuffer;
import org.rlhf4j.tensor.Tensor;

/** Work on elements one by one, and the sums that undo broadcasting. */
public interface ElementKernels {
  /** y[i] = value. */
  default void fill(Tensor y, double value) {
    HostBuffer out = y.host();
    for (int i = 0; i < y.size(); i++) {
      out.set(i, value);
    }
  }

  /** y[i] = x[i]. */
  default void copy(Tensor x, Tensor y) {
    affine(x, 1, 0, y);
  }

  /** y[i] = scale x[i] + shift. {@code y} may be {@code x}. */
  default void affine(Tensor x, double scale, double shift, Tensor y) {
    HostBuffer in = x.host();
    HostBuffer out = y.host();
    for (int i = 0; i < x.size(); i++) {
      out.set(i, scale * in.get(i) + shift);
    }
  }

  /** y[i] += scale x[i]. */
  default void addScaled(Tensor x, double scale, Tensor y) {
    HostBuffer in = x.host();
    HostBuffer out = y.host();
    for (int i = 0; i < x.size(); i++) {
      out.add(i, scale * in.get(i));
    }
  }

  /** y[i] = f(x[i]). */
  default void pointwise(Pointwise f, Tensor x, Tensor y) {
    HostBuffer in = x.host();
    HostBuffer out = y.host();
    for (int i = 0; i < x.size(); i++) {
      out.set(i, f.apply(in.get(i)));
    }
  }

  /** dx[i] += dy[i] f'(x[i]), where y = f(x). */
  default void pointwiseBackward(Pointwise f, Tensor x, Tensor y, Tensor dy, Tensor dx) {
    HostBuffer in = x.host();
    HostBuffer out = y.host();
    HostBuffer dout = dy.host();
    HostBuffer din = dx.host();
    for (int i = 0; i < x.size(); i++) {
      din.add(i, dout.get(i) * f.slope(in.get(i), out.get(i)));
    }
  }

  /** y[i] = f(a[i], b[i]), where a and b broadcast to y. {@code y} may be {@code a}. */
  default void pairwise(Pairwise f, Tensor a, Tensor b, Tensor y) {
    HostBuffer left = a.host();
    HostBuffer right = b.host();
    HostBuffer out = y.host();
    Broadcast toLeft = new Broadcast(a.shape(), y.shape());
    Broadcast toRight = new Broadcast(b.shape(), y.shape());
    for (int i = 0; i < y.size(); i++) {
      out.set(i, f.apply(left.get(toLeft.index(i)), right.get(toRight.index(i))));
    }
  }

  /**
   * The gradient of one operand before broadcasting is undone: d[i] += dy[i] df/da or df/db.
   *
   * @param ofLeft whether {@code d} is the gradient of {@code a} rather than {@code b}
   * @param d shape of {@code dy}, added into
   */
  default void pairwiseBackward(
      Pairwise f, boolean ofLeft, Tensor a, Tensor b, Tensor dy, Tensor d) {
    HostBuffer left = a.host();
    HostBuffer right = b.host();
    HostBuffer dout = dy.host();
    HostBuffer into = d.host();
    Broadcast toLeft = new Broadcast(a.shape(), dy.shape());
    Broadcast toRight = new Broadcast(b.shape(), dy.shape());
    for (int i = 0; i < dy.size(); i++) {
      double x = left.get(toLeft.index(i));
      double y = right.get(toRight.index(i));
      into.add(i, dout.get(i) * (ofLeft ? f.slopeLeft(x, y) : f.slopeRight(x, y)));
    }
  }

  /**
   * y += x summed over every axis where y is 1; over all when y is a scalar.
   *
   * @implSpec a sum is accumulated in an order that the shapes alone decide, never the threads;
   *     here in double, in index order
   */
  default void addSum(Tensor x, Tensor y) {
    HostBuffer in = x.host();
    HostBuffer out = y.host();
    Broadcast toOut = new Broadcast(y.shape(), x.shape());
    double[] sums = new double[y.size()];
    for (int i = 0; i < x.size(); i++) {
      sums[toOut.index(i)] += in.get(i);
    }
    for (int i = 0; i < sums.length; i++) {
      out.add(i, sums[i]);
    }
  }

  /** y[i] += scale x[i], where x broadcasts to y. */
  default void addBroadcast(Tensor x, double scale, Tensor y) {
    HostBuffer in = x.host();
    HostBuffer out = y.host();
    Broadcast toIn = new Broadcast(x.shape(), y.shape());
    for (int i = 0; i < y.size(); i++) {
      out.add(i, scale * in.get(toIn.index(i)));
    }
  }

  /** y[i] = x[i] where mask[i] is not 0, else {@code fill}; what is masked is never read. */
  default void masked(Tensor x, Tensor mask, double fill, Tensor y) {
    HostBuffer in = x.host();
    HostBuffer keep = mask.host();
    HostBuffer out = y.host();
    for (int i = 0; i < x.size(); i++) {
      out.set(i, keep.get(i) != 0 ? in.get(i) : fill);
    }
  }

  /** dx[i] += dy[i] where mask[i] is not 0; elsewhere dx keeps its value whatever dy holds. */
  default void maskedBackward(Tensor mask, Tensor dy, Tensor dx) {
    HostBuffer keep = mask.host();
    HostBuffer dout = dy.host();
    HostBuffer din = dx.host();
    for (int i = 0; i < dy.size(); i++) {
      if (keep.get(i) != 0) {
        din.add(i, dout.get(i));
      }
    }
  }

  /** y[o, j, i] += x[o, from + j, i], where j runs along {@code axis} of y. */
  default void addSlice(Tensor x, int axis, int from, Tensor y) {
    HostBuffer in = x.host();
    HostBuffer out = y.host();
    int inner = y.shape().inner(axis);
    int length = y.shape().dim(axis) * inner;
    int stride = x.shape().dim(axis) * inner;
    for (int o = 0; o < y.shape().outer(axis); o++) {
      for (int i = 0; i < length; i++) {
        out.add(o * length + i, in.get(o * stride + from * inner + i));
      }
    }
  }

  /** y[o, from + j, i] += x[o, j, i], where j runs along {@code axis} of x. */
  default void addIntoSlice(Tensor x, int axis, int from, Tensor y) {
    HostBuffer in = x.host();
    HostBuffer out = y.host();
    int inner = x.shape().inner(axis);
    int length = x.shape().dim(axis) * inner;
    int stride = y.shape().dim(axis) * inner;
    for (int o = 0; o < x.shape().outer(axis); o++) {
      for (int i = 0; i < length; i++) {
        out.add(o * stride + from * inner + i, in.get(o * length + i));
      }
    }
  }

  /** y[i] = silu(gate[i]) up[i], the gate of the Llama feed-forward (arXiv 2002.05202). */
  default void swiGlu(Tensor gate, Tensor up, Tensor y) {
    HostBuffer g = gate.host();
    HostBuffer u = up.host();
    HostBuffer out = y.host();
    for (int i = 0; i < y.size(); i++) {
      out.set(i, Pointwise.SILU.apply(g.get(i)) * u.get(i));
    }
  }

  /** dgate[i] += dy[i] up[i] silu'(gate[i]); dup[i] += dy[i] silu(gate[i]). */
  default void swiGluBackward(Tensor gate, Tensor up, Tensor dy, Tensor dgate, Tensor dup) {
    HostBuffer g = gate.host();
    HostBuffer u = up.host();
    HostBuffer dout = dy.host();
    HostBuffer dg = dgate.host();
    HostBuffer du = dup.host();
    for (int i = 0; i < dy.size(); i++) {
      double silu = Pointwise.SILU.apply(g.get(i));
      dg.add(i, dout.get(i) * u.get(i) * Pointwise.SILU.slope(g.get(i), silu));
      du.add(i, dout.get(i) * silu);
    }
  }
}
