package org.rlhf4j.cuda.comparison;

import static org.rlhf4j.cuda.comparison.Inputs.concat;
import static org.rlhf4j.cuda.comparison.Inputs.normal;
import static org.rlhf4j.cuda.comparison.KernelCase.Tolerance.relative;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.OptimizerKernels.AdamWStep;

/** The factor that clips a gradient, and AdamW. */
final class OptimizerCases {
  private OptimizerCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (double norm : new double[] {0.25, 9, Double.NaN}) {
      cases.add(
          new KernelCase(
              "OptimizerKernels.clipFactor",
              "norm " + norm,
              (b, w) -> {
                Tensor factor = w.empty(Shape.of(1));
                b.optimizers().clipFactor(w.of(Shape.of(1), norm * norm), 1.5, factor);
                return factor.toDoubles();
              },
              relative(2e-7)));
    }
    for (int size : ElementCases.SIZES) {
      Shape shape = Shape.of(size);
      cases.add(
          new KernelCase(
              "OptimizerKernels.adamW",
              "[" + size + "]",
              (b, w) -> {
                Tensor p = w.of(shape, normal(size, 1, 1));
                Tensor m = w.of(shape, normal(size, 0.1, 2));
                double[] squares = normal(size, 0.1, 3);
                for (int i = 0; i < size; i++) {
                  squares[i] = (float) (squares[i] * squares[i]);
                }
                Tensor v = w.of(shape, squares);
                b.optimizers()
                    .adamW(
                        p,
                        w.of(shape, normal(size, 0.2, 4)),
                        w.of(Shape.of(1), 0.5),
                        m,
                        v,
                        new AdamWStep(0.01, 0.9, 0.99, 0.02, 0.1, 3));
                return concat(p.toDoubles(), m.toDoubles(), v.toDoubles());
              },
              relative(1e-6)));
    }
    return cases;
  }
}
