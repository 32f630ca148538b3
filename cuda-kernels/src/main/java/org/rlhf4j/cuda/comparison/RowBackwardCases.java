package org.rlhf4j.cuda.comparison;

import static org.rlhf4j.cuda.comparison.Inputs.normal;
import static org.rlhf4j.cuda.comparison.KernelCase.Tolerance.relative;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;

/**
 * Gradients of softmax, its logarithms, token logprobs and entropy, with random gradients of
 * results.
 */
final class RowBackwardCases {
  private RowBackwardCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (int columns : RowCases.COLUMNS) {
      Shape shape = Shape.of(9, columns);
      Shape rows = Shape.of(9);
      String label = "[9, " + columns + "]";
      // for gradients: rows that are finite, so that a difference shows
      double[] tame = normal(9 * columns, 2, columns + 1);
      double[] dy = normal(9 * columns, 1, columns + 2);
      double[] dx = normal(9 * columns, 1, columns + 3);
      double[] dout = normal(9, 1, columns + 4);
      int[] ids = Inputs.ids(9, columns, columns);
      cases.add(
          new KernelCase(
              "RowKernels.softmaxBackward",
              label,
              (b, w) -> {
                Tensor y = w.empty(shape);
                b.rows().softmax(w.of(shape, tame), y);
                Tensor into = w.of(shape, dx);
                b.rows().softmaxBackward(y, w.of(shape, dy), into);
                return into.toDoubles();
              },
              relative(2e-6)));
      cases.add(
          new KernelCase(
              "RowKernels.logSoftmaxBackward",
              label,
              (b, w) -> {
                Tensor y = w.empty(shape);
                b.rows().logSoftmax(w.of(shape, tame), y);
                Tensor into = w.of(shape, dx);
                b.rows().logSoftmaxBackward(y, w.of(shape, dy), into);
                return into.toDoubles();
              },
              relative(3e-5)));
      cases.add(
          new KernelCase(
              "RowKernels.logSumExpBackward",
              label,
              (b, w) -> {
                double[] some = withHiddenRow(tame, columns);
                Tensor in = w.of(shape, some);
                Tensor lse = w.empty(rows);
                b.rows().logSumExp(in, lse);
                Tensor into = w.of(shape, dx);
                b.rows().logSumExpBackward(in, lse, w.of(rows, dout), into);
                return into.toDoubles();
              },
              relative(2e-6)));
      cases.add(
          new KernelCase(
              "RowKernels.tokenLogprobsBackward",
              label,
              (b, w) -> {
                Tensor in = w.of(shape, withHiddenRow(tame, columns));
                Tensor lse = w.empty(rows);
                Tensor logprobs = w.empty(rows);
                b.rows().tokenLogprobs(in, ids, logprobs, lse);
                Tensor into = w.of(shape, dx);
                b.rows().tokenLogprobsBackward(in, ids, lse, w.of(rows, dout), into);
                return into.toDoubles();
              },
              relative(2e-6)));
      cases.add(
          new KernelCase(
              "RowKernels.entropyBackward",
              label,
              (b, w) -> {
                double[] some = withHiddenRow(tame, columns);
                Tensor in = w.of(shape, some);
                Tensor out = w.empty(rows);
                Tensor lse = w.empty(rows);
                b.rows().entropy(in, out, lse);
                Tensor into = w.of(shape, dx);
                b.rows().entropyBackward(in, out, lse, w.of(rows, dout), into);
                return into.toDoubles();
              },
              relative(3e-6)));
    }
    return cases;
  }

  /** The same with one entry, one whole row and a third of another row of -inf. */
  private static double[] withHiddenRow(double[] values, int columns) {
    double[] some = values.clone();
    some[0] = Double.NEGATIVE_INFINITY;
    Arrays.fill(some, 5 * columns, 6 * columns, Double.NEGATIVE_INFINITY);
    for (int j = 1; j < columns; j += 3) {
      some[6 * columns + j] = Double.NEGATIVE_INFINITY;
    }
    return some;
  }
}
