package org.rlhf4j.cuda.comparison;

import static org.rlhf4j.cuda.comparison.Inputs.normal;
import static org.rlhf4j.cuda.comparison.KernelCase.Tolerance.relative;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.Pairwise;

/** Functions of two numbers with broadcasting. */
final class PairwiseCases {
  private PairwiseCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    Shape[][] shapes = {
      {Shape.of(2500), Shape.of(2500), Shape.of(2500)},
      {Shape.of(50, 70), Shape.of(1, 70), Shape.of(50, 70)},
      {Shape.of(2, 3, 4, 5), Shape.of(2, 1, 4, 1), Shape.of(2, 3, 4, 5)},
      {Shape.of(2, 1, 4, 1), Shape.of(2, 3, 4, 5), Shape.of(2, 3, 4, 5)},
      {Shape.of(5, 7), Shape.of(1, 7), Shape.of(5, 7)},
      {Shape.of(5, 7), Shape.of(5, 1), Shape.of(5, 7)},
      {Shape.of(2, 3, 4, 5), Shape.of(1, 3, 1, 5), Shape.of(2, 3, 4, 5)},
      {Shape.of(2, 1, 4, 1), Shape.of(1, 3, 1, 5), Shape.of(2, 3, 4, 5)},
      {Shape.of(2, 3, 4), Shape.scalar(), Shape.of(2, 3, 4)}
    };
    for (Pairwise f : Pairwise.values()) {
      for (Shape[] s : shapes) {
        double[] a = normal(s[0].size(), 2, 1);
        double[] b = normal(s[1].size(), 2, 2);
        // ties, which max and min decide
        b[0] = a[0];
        String label = f + " " + s[0] + " " + s[1];
        cases.add(
            new KernelCase(
                "ElementKernels.pairwise",
                label,
                (backend, w) -> {
                  Tensor y = w.empty(s[2]);
                  backend.elements().pairwise(f, w.of(s[0], a), w.of(s[1], b), y);
                  return y.toDoubles();
                },
                relative(2e-7)));
        for (boolean left : new boolean[] {true, false}) {
          cases.add(
              new KernelCase(
                  "ElementKernels.pairwiseBackward",
                  label + (left ? " left" : " right"),
                  (backend, w) -> {
                    Tensor d = w.of(s[2], normal(s[2].size(), 1, 3));
                    Tensor dy = w.of(s[2], normal(s[2].size(), 1, 4));
                    backend
                        .elements()
                        .pairwiseBackward(f, left, w.of(s[0], a), w.of(s[1], b), dy, d);
                    return d.toDoubles();
                  },
                  relative(1e-6)));
        }
        if (f == Pairwise.ADD) {
          cases.add(
              new KernelCase(
                  "ElementKernels.addBroadcast",
                  label,
                  (backend, w) -> {
                    Tensor y = w.of(s[2], normal(s[2].size(), 1, 3));
                    backend.elements().addBroadcast(w.of(s[1], b), 0.5, y);
                    return y.toDoubles();
                  },
                  relative(4e-7)));
        }
      }
    }
    double[] odd = {Double.NaN, 1, Double.NaN, Double.POSITIVE_INFINITY};
    double[] other = {1, Double.NaN, Double.NaN, 3};
    for (Pairwise f : new Pairwise[] {Pairwise.MAX, Pairwise.MIN}) {
      cases.add(
          new KernelCase(
              "ElementKernels.pairwise",
              f + " of NaN",
              (backend, w) -> {
                Shape four = Shape.of(4);
                Tensor y = w.empty(four);
                backend.elements().pairwise(f, w.of(four, odd), w.of(four, other), y);
                return y.toDoubles();
              },
              reference -> 0));
    }
    return cases;
  }
}
