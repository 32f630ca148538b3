package org.rlhf4j.cuda.comparison;

import static org.rlhf4j.cuda.comparison.Inputs.concat;
import static org.rlhf4j.cuda.comparison.Inputs.normal;
import static org.rlhf4j.cuda.comparison.KernelCase.Tolerance.relative;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;

/** Softmax, its logarithms, token logprobs and entropy of odd rows and of tame ones. */
final class RowCases {
  static final int[] COLUMNS = {1, 2, 3, 4, 5, 7, 31, 33, 64, 127, 300, 515, 1029, 5003};

  private RowCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (int columns : COLUMNS) {
      Shape shape = Shape.of(9, columns);
      Shape rows = Shape.of(9);
      String label = "[9, " + columns + "]";
      double[] x = Inputs.oddRows(columns, columns);
      // for gradients: rows that are finite, so that a difference shows
      double[] tame = normal(9 * columns, 2, columns + 1);
      int[] ids = Inputs.ids(9, columns, columns);
      cases.add(
          new KernelCase(
              "RowKernels.softmax",
              label,
              (b, w) -> {
                Tensor y = w.empty(shape);
                b.rows().softmax(w.of(shape, x), y);
                Tensor inPlace = w.of(shape, x);
                b.rows().softmax(inPlace, inPlace);
                return concat(y.toDoubles(), inPlace.toDoubles());
              },
              KernelCase.Tolerance::probability));
      cases.add(
          new KernelCase(
              "RowKernels.logSumExp",
              label,
              (b, w) -> {
                Tensor lse = w.empty(rows);
                b.rows().logSumExp(w.of(shape, x), lse);
                return lse.toDoubles();
              },
              relative(3e-7)));
      cases.add(
          new KernelCase(
              "RowKernels.logSoftmax",
              label,
              (b, w) -> {
                Tensor y = w.of(shape, x);
                b.rows().logSoftmax(y, y);
                return y.toDoubles();
              },
              // the difference carries the rounding of lse, up to 900 in these rows
              reference -> 3e-7 * Math.max(1000, Math.abs(reference))));
      cases.add(
          new KernelCase(
              "RowKernels.logSoftmax",
              label + " tame",
              (b, w) -> {
                Tensor y = w.empty(shape);
                b.rows().logSoftmax(w.of(shape, tame), y);
                return y.toDoubles();
              },
              relative(1e-6)));
      cases.add(
          new KernelCase(
              "RowKernels.tokenLogprobs",
              label,
              (b, w) -> {
                Tensor logprobs = w.empty(rows);
                Tensor lse = w.empty(rows);
                b.rows().tokenLogprobs(w.of(shape, x), ids, logprobs, lse);
                return concat(logprobs.toDoubles(), lse.toDoubles());
              },
              // the difference carries the rounding of lse, up to 900 in these rows
              reference -> 3e-7 * Math.max(1000, Math.abs(reference))));
      cases.add(
          new KernelCase(
              "RowKernels.tokenLogprobs",
              label + " tame",
              (b, w) -> {
                Tensor logprobs = w.empty(rows);
                Tensor lse = w.empty(rows);
                b.rows().tokenLogprobs(w.of(shape, tame), ids, logprobs, lse);
                return concat(logprobs.toDoubles(), lse.toDoubles());
              },
              relative(1e-6)));
      cases.add(
          new KernelCase(
              "RowKernels.entropy",
              label,
              (b, w) -> {
                Tensor out = w.empty(rows);
                Tensor lse = w.empty(rows);
                b.rows().entropy(w.of(shape, x), out, lse);
                return concat(out.toDoubles(), lse.toDoubles());
              },
              relative(1e-6)));
    }
    // a lane has up to eight loads of four: rows that end with each of them
    for (int columns = 128; columns <= 1024; columns += 128) {
      Shape shape = Shape.of(2, columns);
      double[] x = normal(2 * columns, 2, columns);
      cases.add(
          new KernelCase(
              "RowKernels.softmax",
              shape + " whole loads",
              (b, w) -> {
                Tensor y = w.empty(shape);
                b.rows().softmax(w.of(shape, x), y);
                return y.toDoubles();
              },
              KernelCase.Tolerance::probability));
    }
    // long rows of every alignment: what comes before the first load of four is -inf
    double[] hidden = normal(5 * 1029, 2, 1);
    for (int row = 0; row < 5; row++) {
      Arrays.fill(hidden, 1029 * row, 1029 * row + 3, Double.NEGATIVE_INFINITY);
    }
    Shape longRows = Shape.of(5, 1029);
    cases.add(
        new KernelCase(
            "RowKernels.softmax",
            longRows + " from -inf",
            (b, w) -> {
              Tensor y = w.empty(longRows);
              b.rows().softmax(w.of(longRows, hidden), y);
              return y.toDoubles();
            },
            KernelCase.Tolerance::probability));
    return cases;
  }
}
