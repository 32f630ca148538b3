package org.rlhf4j.autograd.op;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.MatrixKernels;

/** Matrix products, with transpositions as flags. */
public final class MatrixProduct {
  private MatrixProduct() {}

  /**
   * c = op(a) op(b) for each matrix of the batch; dop(a) += dc op(b)^T and dop(b) += op(a)^T dc.
   *
   * <p>Shapes: op(a) {@code [.., m, k]}, op(b) {@code [.., k, n]}, c {@code [.., m, n]}, leading
   * axes equal.
   *
   * @throws IllegalArgumentException if the shapes do not fit
   */
  public static Variable of(Variable a, boolean transposeA, Variable b, boolean transposeB) {
    Shape shape = productShape(a.shape(), transposeA, b.shape(), transposeB);
    Tape tape = a.tape();
    MatrixKernels kernels = tape.backend().matrices();
    Tensor c = tape.workspace().empty(shape);
    kernels.multiply(a.value(), transposeA, b.value(), transposeB, c, false);
    return tape.record(
        "matmul",
        c,
        dc -> {
          a.accumulate(da -> {
            if (transposeA) {
              kernels.multiply(b.value(), transposeB, dc, true, da, true);
            } else {
              kernels.multiply(dc, false, b.value(), !transposeB, da, true);
            }
          });
          b.accumulate(db -> {
            if (transposeB) {
              kernels.multiply(dc, true, a.value(), transposeA, db, true);
            } else {
              kernels.multiply(a.value(), !transposeA, dc, false, db, true);
            }
          });
        },
        a,
        b);
  }

  private static Shape productShape(Shape a, boolean transposeA, Shape b, boolean transposeB) {
    if (a.rank() < 2 || a.rank() != b.rank()) {
      throw new IllegalArgumentException(
          "matmul needs two shapes of equal rank 2 or more, got %s and %s".formatted(a, b));
    }
    int m = a.dim(transposeA ? -1 : -2);
    int k = a.dim(transposeA ? -2 : -1);
    int n = b.dim(transposeB ? -2 : -1);
    Shape expected = a.with(-2, transposeB ? n : k).with(-1, transposeB ? k : n);
    if (!b.equals(expected)) {
      throw new IllegalArgumentException(
          "matmul of %s%s with %s%s does not fit: the second must be %s"
              .formatted(a, transposeA ? "^T" : "", b, transposeB ? "^T" : "", expected));
    }
    return a.with(-2, m).with(-1, n);
  }
}
