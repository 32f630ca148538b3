package org.rlhf4j.cuda.comparison;

import static org.rlhf4j.cuda.comparison.Inputs.concat;
import static org.rlhf4j.cuda.comparison.Inputs.normal;
import static org.rlhf4j.cuda.comparison.KernelCase.Tolerance.relative;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.Pointwise;

/** Every function of one number, where it is most difficult. */
final class PointwiseCases {
  private PointwiseCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (Pointwise f : Pointwise.values()) {
      double[] values = domain(f);
      // for one of them more than the threads of the grid, so that its loop runs
      double[] x = new double[f == Pointwise.GELU ? 2100 : values.length];
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) values[i % values.length];
      }
      Shape shape = Shape.of(x.length);
      cases.add(
          new KernelCase(
              "ElementKernels.pointwise",
              f.name(),
              (b, w) -> {
                Tensor y = w.empty(shape);
                b.elements().pointwise(f, w.of(shape, x), y);
                return y.toDoubles();
              },
              pointwise(f)));
      cases.add(
          new KernelCase(
              "ElementKernels.pointwiseBackward",
              f.name(),
              (b, w) -> {
                double[] outputs = new double[x.length];
                for (int i = 0; i < x.length; i++) {
                  outputs[i] = (float) f.apply(x[i]);
                }
                Tensor in = w.of(shape, x);
                Tensor into = w.of(shape, normal(x.length, 1, 7));
                b.elements()
                    .pointwiseBackward(
                        f, in, w.of(shape, outputs), w.of(shape, normal(x.length, 1, 6)), into);
                return into.toDoubles();
              },
              relative(3e-6)));
    }
    return cases;
  }

  /** Where a function of one number is at its most difficult: near 0, near 1, far out. */
  private static double[] domain(Pointwise f) {
    double[] wide = {
      -90, -30, -8, -3, -1.5, -0.75, -0.5, -0.3, -1e-3, -1e-6, 0, 1e-6, 1e-3, 0.2, 0.49, 0.51, 0.7,
      1, 2, 5, 9, 30, 60
    };
    return switch (f) {
      case LOG, SQRT ->
          new double[] {1e-30, 1e-3, 0.3, 0.5, 0.501, 0.9, 0.999, 1, 1.001, 1.4999, 1.6, 7, 1e30};
      case RECIPROCAL -> new double[] {-7, -0.5, 1e-3, 3, 1e9};
      case LOG1P -> new double[] {-0.999, -0.6, -0.5, -0.3, -1e-6, 0, 1e-6, 0.3, 0.5, 0.6, 9, 1e9};
      case EXP, EXPM1 ->
          concat(
              wide,
              new double[] {
                -200, 88.5, 95, 97, 200, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY
              });
      case EXP_REMAINDER ->
          new double[] {
            Double.NEGATIVE_INFINITY,
            -90,
            -30,
            -3,
            -1.01,
            -0.99,
            -0.51,
            -0.49,
            -0.1,
            -1e-3,
            -1e-6,
            0,
            1e-6,
            1e-3,
            0.3,
            0.49,
            0.51,
            0.9,
            0.99,
            1.01,
            2,
            9,
            60,
            95,
            97,
            200
          };
      case LOG1M_EXP -> new double[] {-40, -5, -1, -0.7, -0.69, -0.5, -0.1, -1e-3, -1e-6};
      default -> wide;
    };
  }

  private static KernelCase.Tolerance pointwise(Pointwise f) {
    return switch (f) {
      case EXP -> y -> 4e-7 * Math.abs(y);
      // beyond 1/2 it is e^x - 1, with the error of e^x
      case EXPM1 -> y -> 4e-7 * (Math.abs(y) < 0.39 ? Math.abs(y) : Math.abs(y) + 1);
      case EXP_REMAINDER -> y -> 9e-7 * Math.max(Math.abs(y), 1e-12);
      // by ex2 of a rounded product with log2 e, so that the error grows with |log y|
      default ->
          y ->
              6e-7
                  * Math.max(
                      Math.abs(y) * (1 + Math.abs(Math.log(Math.abs(y) + 1e-300))),
                      f == Pointwise.TANH || f == Pointwise.GELU ? 1e-2 : 1e-12);
    };
  }
}
