package org.rlhf4j.tensor.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.conformance.KernelCase.Tolerance;
import org.rlhf4j.tensor.kernel.NormKernels;

/** The norms, on rows far from zero too: there the variance of one pass would cancel. */
final class NormCases {
  private static final Tolerance ROW =
      new Tolerance(1e-5, 2e-5, "rows around 10 centred in float: 10 * 2^-24 * rstd near 1");
  private static final Tolerance COLUMN =
      new Tolerance(1e-5, 1e-4, "sums over up to 700 rows of products near 1, in float");

  private NormCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (int[] size : new int[][] {{1, 1}, {3, 5}, {4, 16}, {5, 37}, {0, 8}, {700, 131}}) {
      Shape x = Shape.of(size);
      Shape column = Shape.of(size[1]);
      Shape row = Shape.of(size[0]);
      String label = x.toString();
      boolean small = x.size() < 1000;
      add(
          cases,
          "rmsNorm",
          label,
          ROW,
          small,
          p -> p.norms().rmsNorm(far(p, x), p.normal(column), 1e-5, p.out(x), p.out(row)));
      add(
          cases,
          "layerNorm",
          label,
          ROW,
          small,
          p ->
              p.norms()
                  .layerNorm(
                      far(p, x),
                      p.normal(column),
                      p.normal(column),
                      1e-5,
                      p.out(x),
                      p.out(row),
                      p.out(row)));
      add(
          cases,
          "rmsNormBackwardInput",
          label,
          ROW,
          small,
          p ->
              p.norms()
                  .rmsNormBackwardInput(
                      p.normal(x),
                      p.normal(column),
                      p.uniform(row, 0.5, 2),
                      p.normal(x),
                      p.sum(x)));
      add(
          cases,
          "rmsNormBackwardWeight",
          label,
          COLUMN,
          small,
          p ->
              p.norms()
                  .rmsNormBackwardWeight(
                      p.normal(x), p.uniform(row, 0.5, 2), p.normal(x), p.sum(column)));
      add(
          cases,
          "layerNormBackwardInput",
          label,
          ROW,
          small,
          p ->
              p.norms()
                  .layerNormBackwardInput(
                      p.normal(x),
                      p.normal(column),
                      p.normal(row, 0.1),
                      p.uniform(row, 0.5, 2),
                      p.normal(x),
                      p.sum(x)));
      add(
          cases,
          "layerNormBackwardWeight",
          label,
          COLUMN,
          small,
          p ->
              p.norms()
                  .layerNormBackwardWeight(
                      p.normal(x),
                      p.normal(row, 0.1),
                      p.uniform(row, 0.5, 2),
                      p.normal(x),
                      p.sum(column)));
    }
    return cases;
  }

  private static Tensor far(Probe p, Shape shape) {
    double[] normal = p.normal(shape).toDoubles();
    return p.in(shape, i -> i / Math.max(1, shape.columns()) % 2 == 0 ? normal[i] : 10 + normal[i]);
  }

  private static void add(
      List<KernelCase> cases,
      String method,
      String label,
      Tolerance tolerance,
      boolean small,
      Consumer<Probe> body) {
    cases.add(new KernelCase(NormKernels.class, method, label, tolerance, small, body));
  }
}
