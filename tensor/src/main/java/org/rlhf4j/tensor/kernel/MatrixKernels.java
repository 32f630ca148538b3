package org.rlhf4j.tensor.kernel;

import org.rlhf4j.tensor.HostBuffer;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;

/** Matrix products; a transposition is a flag, never a copy. */
public interface MatrixKernels {
  /**
   * c = op(a) op(b), or c += op(a) op(b), for each matrix of a batch.
   *
   * <p>Shapes: op(a) {@code [batch, m, k]}, op(b) {@code [batch, k, n]}, c {@code [batch, m, n]};
   * {@code a} is stored {@code [batch, k, m]} when {@code transposeA}, likewise {@code b}. Rank 2
   * is a batch of one.
   *
   * @param accumulate whether to add to {@code c} instead of overwriting it
   * @implSpec the k products of an element are added in an order that depends on the shapes only;
   *     with k = 0 the product is zero
   */
  default void multiply(
      Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor c, boolean accumulate) {
    HostBuffer left = a.host();
    HostBuffer right = b.host();
    HostBuffer out = c.host();
    int m = c.shape().dim(-2);
    int n = c.shape().dim(-1);
    int k = a.shape().dim(transposeA ? -2 : -1);
    int batch = c.shape().outer(-2);
    for (int g = 0; g < batch; g++) {
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          double sum = 0;
          for (int p = 0; p < k; p++) {
            sum +=
                left.get(g * m * k + (transposeA ? p * m + i : i * k + p))
                    * right.get(g * k * n + (transposeB ? j * k + p : p * n + j));
          }
          int index = (g * m + i) * n + j;
          out.set(index, accumulate ? out.get(index) + sum : sum);
        }
      }
    }
  }

  /**
   * {@return a weight {@code [out, in]} as {@link #multiplyPacked} reads it: a copy that the
   * workspace owns, in a layout of the backend's own, or the weight itself} Stays right as long as
   * nobody changes the weight.
   */
  default Tensor pack(Tensor weight, Workspace workspace) {
    return weight;
  }

  /**
   * y = x weight^T for a weight that was packed.
   *
   * @param x {@code [rows, in]}
   * @param packed what {@link #pack} returned
   * @param y {@code [rows, out]}, overwritten
   * @implSpec the sums of {@link #multiply}, if in another order, which depends on the shapes only
   */
  default void multiplyPacked(Tensor x, Tensor packed, Tensor y) {
    multiply(x, false, packed, true, y, false);
  }
}
