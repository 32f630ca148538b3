package org.rlhf4j.autograd.op;

import org.jspecify.annotations.Nullable;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.ElementKernels;
import org.rlhf4j.tensor.kernel.MatrixKernels;
import org.rlhf4j.tensor.kernel.Pairwise;

/** The affine map of a layer over the last axis. */
public final class Linear {
  private Linear() {}

  /** As {@link #of(Variable, Variable, Variable)} without bias. */
  public static Variable of(Variable x, Variable weight) {
    return apply(x, weight, null);
  }

  /**
   * y = x weight^T + bias; dx += dy weight, dweight += dy^T x, dbias += sum over rows of dy.
   *
   * @param x shape {@code [.., in]}
   * @param weight shape {@code [out, in]}
   * @param bias shape {@code [out]}
   * @throws IllegalArgumentException if the shapes do not fit
   */
  public static Variable of(Variable x, Variable weight, Variable bias) {
    Check.shape("bias", bias.shape(), Shape.of(weight.shape().dim(0)));
    return apply(x, weight, bias);
  }

  private static Variable apply(Variable x, Variable weight, @Nullable Variable bias) {
    Check.rank("weight", weight.shape(), 2);
    int out = weight.shape().dim(0);
    Check.shape("weight", weight.shape(), Shape.of(out, x.shape().columns()));
    Tape tape = x.tape();
    MatrixKernels matrices = tape.backend().matrices();
    ElementKernels elements = tape.backend().elements();
    Shape rowMajor = Shape.of(x.shape().rows(), out);
    Tensor rows = x.value().reshape(Shape.of(x.shape().rows(), x.shape().columns()));
    Tensor y = tape.workspace().empty(x.shape().with(-1, out));
    tape.linear(rows, weight.value(), y.reshape(rowMajor));
    if (bias != null) {
      Tensor row = bias.value().reshape(Shape.of(1, out));
      elements.pairwise(Pairwise.ADD, y.reshape(rowMajor), row, y.reshape(rowMajor));
    }
    return tape.record(
        "linear",
        y,
        dy -> {
          Tensor drows = dy.reshape(rowMajor);
          x.contribute((dx, add) ->
              matrices.multiply(
                  drows, false, weight.value(), false, dx.reshape(rows.shape()), add));
          weight.accumulate(dweight -> matrices.multiply(drows, true, rows, false, dweight, true));
          if (bias != null) {
            bias.accumulate(dbias -> elements.addSum(drows, dbias.reshape(Shape.of(1, out))));
          }
        },
        bias == null ? new Variable[] {x, weight} : new Variable[] {x, weight, bias});
  }
}
