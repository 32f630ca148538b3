package org.rlhf4j.cuda.comparison;

import static org.rlhf4j.cuda.comparison.Inputs.normal;
import static org.rlhf4j.cuda.comparison.KernelCase.Tolerance.relative;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;

/** Products of every transposition and of nothing. */
final class MatrixCases {
  private MatrixCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (boolean ta : new boolean[] {false, true}) {
      for (boolean tb : new boolean[] {false, true}) {
        for (int[] s : new int[][] {{1, 1, 1, 1}, {1, 3, 5, 7}, {2, 4, 3, 2}, {1, 2, 3, 0}}) {
          for (boolean accumulate : new boolean[] {false, true}) {
            Shape a = ta ? Shape.of(s[0], s[3], s[1]) : Shape.of(s[0], s[1], s[3]);
            Shape bShape = tb ? Shape.of(s[0], s[2], s[3]) : Shape.of(s[0], s[3], s[2]);
            Shape c = Shape.of(s[0], s[1], s[2]);
            cases.add(
                new KernelCase(
                    "MatrixKernels.multiply",
                    a + (ta ? "' " : " ") + bShape + (tb ? "'" : "") + (accumulate ? " add" : ""),
                    (b, w) -> {
                      Tensor out = w.of(c, normal(c.size(), 1, 3));
                      b.matrices()
                          .multiply(
                              w.of(a, normal(a.size(), 1, 1)),
                              ta,
                              w.of(bShape, normal(bShape.size(), 1, 2)),
                              tb,
                              out,
                              accumulate);
                      return out.toDoubles();
                    },
                    relative(1e-6)));
          }
        }
      }
    }
    cases.add(packed("pack"));
    cases.add(packed("multiplyPacked"));
    return cases;
  }

  private static KernelCase packed(String method) {
    return new KernelCase(
        "MatrixKernels." + method,
        "[3, 7] [5, 7]'",
        (b, w) -> {
          Tensor out = w.of(Shape.of(3, 5), normal(15, 1, 3));
          Tensor packed = b.matrices().pack(w.of(Shape.of(5, 7), normal(35, 1, 2)), w);
          b.matrices().multiplyPacked(w.of(Shape.of(3, 7), normal(21, 1, 1)), packed, out);
          return out.toDoubles();
        },
        relative(1e-6));
  }
}
