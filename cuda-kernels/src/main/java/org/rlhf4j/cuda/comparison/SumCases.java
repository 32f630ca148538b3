package org.rlhf4j.cuda.comparison;

import static org.rlhf4j.cuda.comparison.Inputs.normal;
import static org.rlhf4j.cuda.comparison.KernelCase.Tolerance.relative;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;

/** Sums over axes and of squares. */
final class SumCases {
  private SumCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    Shape[][] shapes = {
      {Shape.of(7), Shape.scalar()},
      {Shape.of(40_001), Shape.of(1)},
      {Shape.of(5, 7), Shape.of(5, 1)},
      {Shape.of(5, 1029), Shape.of(5, 1)},
      {Shape.of(70, 40), Shape.of(1, 40)},
      {Shape.of(3, 37, 5), Shape.of(3, 1, 5)},
      {Shape.of(3, 4, 5), Shape.of(1, 4, 1)},
      {Shape.of(3, 4, 5, 6), Shape.of(1, 4, 1, 6)},
      {Shape.of(3, 4), Shape.of(3, 4)},
      {Shape.of(3, 1, 4), Shape.of(1, 1, 1)}
    };
    for (Shape[] s : shapes) {
      double[] x = normal(s[0].size(), 1, 9);
      cases.add(
          new KernelCase(
              "ElementKernels.addSum",
              s[0] + " to " + s[1],
              (b, w) -> {
                Tensor y = w.of(s[1], normal(s[1].size(), 1, 3));
                b.elements().addSum(w.of(s[0], x), y);
                return y.toDoubles();
              },
              // rounding of partial sums of some hundred numbers of size 1
              relative(1e-5)));
    }
    for (int size : new int[] {1, 5, 1029, 40_001}) {
      cases.add(
          new KernelCase(
              "OptimizerKernels.addSumOfSquares",
              "[" + size + "]",
              (b, w) -> {
                Tensor total = w.of(Shape.of(1), 0.5);
                b.optimizers().addSumOfSquares(w.of(Shape.of(size), normal(size, 1, 4)), total);
                return total.toDoubles();
              },
              relative(1e-6)));
    }
    return cases;
  }
}
