package org.rlhf4j.cuda.comparison;

import static org.rlhf4j.cuda.comparison.Inputs.concat;
import static org.rlhf4j.cuda.comparison.Inputs.normal;
import static org.rlhf4j.cuda.comparison.KernelCase.Tolerance.relative;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;

/** RMSNorm and LayerNorm with their gradients. */
final class NormCases {
  private NormCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (int columns : new int[] {1, 3, 5, 8, 33, 64, 130, 1029}) {
      int count = columns == 1029 ? 3 : 35;
      Shape shape = Shape.of(count, columns);
      Shape rows = Shape.of(count);
      Shape weight = Shape.of(columns);
      double[] x = normal(shape.size(), 2, columns);
      for (int j = 0; j < columns; j++) {
        x[j] = (float) (x[j] + 1000);
      }
      double[] g = normal(columns, 1, 2);
      double[] beta = normal(columns, 1, 3);
      double[] dy = normal(shape.size(), 1, 4);
      double[] rstd = normal(count, 1, 5);
      double[] mean = normal(count, 1, 6);
      double[] into = normal(shape.size(), 1, 7);
      double[] tame = normal(shape.size(), 1, 8);
      String label = shape.toString();
      cases.add(
          new KernelCase(
              "NormKernels.rmsNorm",
              label,
              (b, w) -> {
                Tensor y = w.empty(shape);
                Tensor r = w.empty(rows);
                b.norms().rmsNorm(w.of(shape, x), w.of(weight, g), 1e-5, y, r);
                return concat(y.toDoubles(), r.toDoubles());
              },
              relative(1e-6)));
      cases.add(
          new KernelCase(
              "NormKernels.rmsNormBackwardInput",
              label,
              (b, w) -> {
                Tensor d = w.of(shape, into);
                b.norms()
                    .rmsNormBackwardInput(
                        w.of(shape, tame), w.of(weight, g), w.of(rows, rstd), w.of(shape, dy), d);
                return d.toDoubles();
              },
              relative(1e-5)));
      cases.add(
          new KernelCase(
              "NormKernels.rmsNormBackwardWeight",
              label,
              (b, w) -> {
                Tensor d = w.of(weight, g);
                b.norms()
                    .rmsNormBackwardWeight(w.of(shape, tame), w.of(rows, rstd), w.of(shape, dy), d);
                return d.toDoubles();
              },
              relative(1e-5)));
      // a mean of 1000 costs digits of x - mean: 6e-5 absolute before the division by its spread
      cases.add(
          new KernelCase(
              "NormKernels.layerNorm",
              label,
              (b, w) -> {
                Tensor y = w.empty(shape);
                Tensor m = w.empty(rows);
                Tensor r = w.empty(rows);
                b.norms()
                    .layerNorm(
                        w.of(shape, columns == 1 ? tame : x),
                        w.of(weight, g),
                        w.of(weight, beta),
                        1e-5,
                        y,
                        m,
                        r);
                return concat(y.toDoubles(), m.toDoubles(), r.toDoubles());
              },
              relative(3e-4)));
      cases.add(
          new KernelCase(
              "NormKernels.layerNorm",
              label + " tame",
              (b, w) -> {
                Tensor y = w.empty(shape);
                Tensor m = w.empty(rows);
                Tensor r = w.empty(rows);
                b.norms()
                    .layerNorm(
                        w.of(shape, tame), w.of(weight, g), w.of(weight, beta), 1e-3, y, m, r);
                return concat(y.toDoubles(), m.toDoubles(), r.toDoubles());
              },
              relative(3e-6)));
      cases.add(
          new KernelCase(
              "NormKernels.layerNormBackwardInput",
              label,
              (b, w) -> {
                Tensor d = w.of(shape, into);
                b.norms()
                    .layerNormBackwardInput(
                        w.of(shape, tame),
                        w.of(weight, g),
                        w.of(rows, mean),
                        w.of(rows, rstd),
                        w.of(shape, dy),
                        d);
                return d.toDoubles();
              },
              relative(1e-5)));
      cases.add(
          new KernelCase(
              "NormKernels.layerNormBackwardWeight",
              label,
              (b, w) -> {
                Tensor d = w.of(weight, g);
                b.norms()
                    .layerNormBackwardWeight(
                        w.of(shape, tame), w.of(rows, mean), w.of(rows, rstd), w.of(shape, dy), d);
                return d.toDoubles();
              },
              relative(1e-5)));
    }
    return cases;
  }
}
