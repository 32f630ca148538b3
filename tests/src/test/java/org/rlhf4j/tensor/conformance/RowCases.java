package org.rlhf4j.tensor.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.conformance.KernelCase.Tolerance;
import org.rlhf4j.tensor.kernel.RowKernels;

/** Softmax and its relatives: rows with outliers, ties, -inf, +inf, NaN, nothing but -inf. */
final class RowCases {
  private static final Tolerance PROBABILITY =
      new Tolerance(1e-5, 1e-6, "exp of a difference of numbers near 20 that are exact to 1e-6");
  private static final Tolerance LOGPROB =
      new Tolerance(1e-6, 5e-6, "a difference of numbers up to 1e2, exact to 4e-6");
  private static final Tolerance GRADIENT =
      new Tolerance(1e-5, 1e-5, "products of such probabilities with sums of n roundings");

  private final List<KernelCase> cases = new ArrayList<>();

  static List<KernelCase> all() {
    RowCases all = new RowCases();
    int[][] shapes = {{1, 1}, {6, 5}, {7, 16}, {8, 37}, {5, 128}, {3, 2049}, {9, 5000}, {900, 67}};
    for (int[] shape : shapes) {
      all.shape(shape[0], shape[1]);
    }
    return all.cases;
  }

  private void add(
      String method, Tolerance tolerance, int rows, int n, BiConsumer<Probe, Shape> body) {
    cases.add(
        new KernelCase(
            RowKernels.class,
            method,
            "[%d, %d]".formatted(rows, n),
            tolerance,
            rows * n < 1000,
            p -> body.accept(p, Shape.of(rows, n))));
  }

  /** Row 0 ordinary, 1 with an outlier, 2 with -inf, 3 all -inf, 4 NaN, 5 all equal, 6 +inf. */
  private static Tensor odd(Probe p, Shape shape) {
    int n = shape.columns();
    SplittableRandom random = new SplittableRandom(5);
    return p.in(
        shape,
        i -> {
          double ordinary = 2 * random.nextGaussian();
          int j = i % n;
          return switch (i / n) {
            case 1 -> j == n - 1 ? 90 : ordinary;
            case 2 -> j % 3 == 0 ? Double.NEGATIVE_INFINITY : ordinary;
            case 3 -> Double.NEGATIVE_INFINITY;
            case 4 -> j == n / 2 ? Double.NaN : ordinary;
            case 5 -> 0.25;
            case 6 -> j == 2 ? Double.POSITIVE_INFINITY : ordinary;
            default -> ordinary;
          };
        });
  }

  /** The same rows without NaN and +inf: what a gradient is asked of. */
  private static Tensor finite(Probe p, Shape shape) {
    int n = shape.columns();
    SplittableRandom random = new SplittableRandom(6);
    return p.in(
        shape,
        i -> {
          double ordinary = 2 * random.nextGaussian();
          return i / n == 2 && i % n % 3 == 1 ? Double.NEGATIVE_INFINITY : ordinary;
        });
  }

  private static double lse(double[] x, int first, int n) {
    double sum = 0;
    for (int j = first; j < first + n; j++) {
      sum += Math.exp(x[j]);
    }
    return Math.log(sum);
  }

  private static Tensor lse(Probe p, Tensor x) {
    int n = x.shape().columns();
    double[] values = x.toDoubles();
    return p.in(Shape.of(x.shape().rows()), r -> lse(values, r * n, n));
  }

  private static int[] ids(int rows, int n) {
    int[] ids = new int[rows];
    for (int r = 0; r < rows; r++) {
      ids[r] = r % 5 == 4 ? -1 : r * 31 % n;
    }
    return ids;
  }

  private void shape(int rows, int n) {
    Shape one = Shape.of(rows);
    int[] ids = ids(rows, n);
    add("logSumExp", LOGPROB, rows, n, (p, s) -> p.rows().logSumExp(odd(p, s), p.out(one)));
    add("softmax", PROBABILITY, rows, n, (p, s) -> p.rows().softmax(odd(p, s), p.out(s)));
    add("logSoftmax", LOGPROB, rows, n, (p, s) -> p.rows().logSoftmax(odd(p, s), p.out(s)));
    add("argmax", LOGPROB, rows, n, (p, s) -> p.out(p.rows().argmax(odd(p, s))));
    add(
        "tokenLogprobs",
        LOGPROB,
        rows,
        n,
        (p, s) -> p.rows().tokenLogprobs(odd(p, s), ids, p.out(one), p.out(one)));
    add(
        "entropy",
        GRADIENT,
        rows,
        n,
        (p, s) -> p.rows().entropy(odd(p, s), p.out(one), p.out(one)));
    add(
        "logSumExpBackward",
        GRADIENT,
        rows,
        n,
        (p, s) -> {
          Tensor x = finite(p, s);
          p.rows().logSumExpBackward(x, lse(p, x), p.normal(one), p.sum(s));
        });
    add(
        "softmaxBackward",
        GRADIENT,
        rows,
        n,
        (p, s) -> {
          Tensor x = finite(p, s);
          double[] values = x.toDoubles();
          double[] sums = lse(p, x).toDoubles();
          Tensor y = p.in(s, i -> Math.exp(values[i] - sums[i / n]));
          p.rows().softmaxBackward(y, p.normal(s), p.sum(s));
        });
    add(
        "logSoftmaxBackward",
        GRADIENT,
        rows,
        n,
        (p, s) -> {
          Tensor x = finite(p, s);
          double[] values = x.toDoubles();
          double[] sums = lse(p, x).toDoubles();
          Tensor y = p.in(s, i -> values[i] - sums[i / n]);
          p.rows().logSoftmaxBackward(y, p.normal(s), p.sum(s));
        });
    add(
        "tokenLogprobsBackward",
        GRADIENT,
        rows,
        n,
        (p, s) -> {
          Tensor x = finite(p, s);
          p.rows().tokenLogprobsBackward(x, ids, lse(p, x), p.normal(one), p.sum(s));
        });
    add(
        "entropyBackward",
        GRADIENT,
        rows,
        n,
        (p, s) -> {
          Tensor x = finite(p, s);
          Tensor entropy = p.uniform(one, 0, 3);
          p.rows().entropyBackward(x, entropy, lse(p, x), p.normal(one), p.sum(s));
        });
  }
}
