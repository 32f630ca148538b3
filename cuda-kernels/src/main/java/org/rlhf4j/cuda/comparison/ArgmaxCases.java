package org.rlhf4j.cuda.comparison;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rlhf4j.tensor.Shape;

/** The largest of a row, and which of two that are. */
final class ArgmaxCases {
  private ArgmaxCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (int columns : RowCases.COLUMNS) {
      Shape shape = Shape.of(9, columns);
      String label = "[9, " + columns + "]";
      double[] x = Inputs.oddRows(columns, columns);
      cases.add(
          new KernelCase(
              "RowKernels.argmax",
              label,
              (b, w) -> {
                double[] ties = x.clone();
                for (int i = 0; i < ties.length; i++) {
                  ties[i] = ties[i] == Double.NEGATIVE_INFINITY ? ties[i] : Math.rint(ties[i]);
                  ties[i] = Double.isNaN(ties[i]) ? 0 : ties[i];
                }
                int[] best = b.rows().argmax(w.of(shape, ties));
                return Arrays.stream(best).asDoubleStream().toArray();
              },
              reference -> 0));
    }
    cases.add(
        new KernelCase(
            "RowKernels.argmax",
            "tie of a later column of the first thread",
            (b, w) -> {
              double[] x = new double[300];
              x[6] = 1;
              x[128] = 1;
              // and one of a later column of the first warp
              double[] longer = new double[2000];
              longer[130] = 1;
              longer[1025] = 1;
              return new double[] {
                b.rows().argmax(w.of(Shape.of(1, 300), x))[0],
                b.rows().argmax(w.of(Shape.of(1, 2000), longer))[0]
              };
            },
            reference -> 0));
    return cases;
  }
}
