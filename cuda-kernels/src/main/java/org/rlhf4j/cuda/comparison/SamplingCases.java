package org.rlhf4j.cuda.comparison;

import static org.rlhf4j.cuda.comparison.Inputs.normal;
import static org.rlhf4j.cuda.comparison.KernelCase.Tolerance.relative;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.tensor.kernel.TokenDraw;
import org.rlhf4j.tensor.kernel.TokenDraw.Law;

/** Draws of the next token: rows with ties, gaps and outliers, numbers at both ends of [0, 1). */
final class SamplingCases {
  private static final int ALL = Integer.MAX_VALUE;
  private static final double[] BAD = {
    Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY
  };

  private SamplingCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (int columns : new int[] {1, 2, 3, 31, 33, 127, 300, 1029, 5003}) {
      cases.add(drawn(columns, new Law(1, ALL, 1)));
      if (columns < 5000) {
        cases.add(drawn(columns, new Law(0.7, 1 + columns / 3, 0.9)));
      }
    }
    cases.add(drawn(2, new Law(1, ALL, 0.5))); // one of two equals reaches the half
    cases.add(drawn(2, new Law(1, ALL, 0.999)));
    cases.add(wide());
    for (Law law :
        List.of(
            new Law(0, 1, 1),
            new Law(2.5, ALL, 1),
            new Law(1, 1, 1),
            new Law(3, 2, 1),
            new Law(1, 5, 1),
            new Law(1, 300, 0.5),
            new Law(1, ALL, 1e-30),
            new Law(4, 299, 0.999),
            new Law(1, 9, 0.4))) {
      cases.add(drawn(300, law));
    }
    for (Law law : List.of(new Law(0, 1, 1), new Law(1, ALL, 1), new Law(1, 3, 0.9))) {
      cases.add(shares(law));
      cases.add(refused(law));
    }
    return cases;
  }

  private static KernelCase named(String label, KernelCase.Body body) {
    // far below one for a token, which must be the same
    return new KernelCase("SamplingKernels.draw", label, body, relative(2e-6));
  }

  /**
   * Ten kinds of rows, the short ones each at four numbers; one more is not wanted and has a NaN.
   */
  private static KernelCase drawn(int columns, Law law) {
    int rows = columns < 64 ? 41 : 11;
    return named(
        "[" + rows + ", " + columns + "] " + law,
        (backend, workspace) -> {
          double[] kinds = kinds(columns);
          double[] logits = new double[rows * columns];
          int[] wanted = IntStream.range(0, rows).filter(r -> r != 7).toArray();
          double[] uniforms = new double[wanted.length];
          SplittableRandom random = new SplittableRandom(columns);
          for (int i = 0; i < wanted.length; i++) {
            System.arraycopy(kinds, i % 10 * columns, logits, wanted[i] * columns, columns);
            uniforms[i] =
                switch ((i + 3) % 4) {
                  case 0 -> i == 9 ? 0 : 1e-6;
                  case 1 -> 0x1.fffffp-1;
                  default -> random.nextDouble();
                };
            if (i % 10 == 8) {
              uniforms[i] = i == 8 ? 0 : 0x1.fffffffffffffp-1; // only one token is possible
            } else if (i % 10 == 2 && columns == 2) {
              uniforms[i] = 0.5; // the boundary itself
            }
          }
          logits[7 * columns] = Double.NaN;
          return draws(backend, workspace, Shape.of(rows, columns), logits, wanted, law, uniforms);
        });
  }

  /** One row in a block of 32 warps. */
  private static KernelCase wide() {
    int columns = 33_000;
    return named(
        "[1, " + columns + "]",
        (backend, workspace) ->
            draws(
                backend,
                workspace,
                Shape.of(1, columns),
                normal(columns, 1, 3),
                new int[] {0},
                new Law(1, ALL, 1),
                new double[] {0.97}));
  }

  /** Finite spreads, ties of few and of all, both zeros, gaps, outliers at either end. */
  private static double[] kinds(int columns) {
    double[] values = normal(10 * columns, 2, columns);
    for (int j = 0; j < columns; j++) {
      values[columns + j] *= 100;
      values[2 * columns + j] = -0.75;
      values[3 * columns + j] = Math.rint(values[3 * columns + j]);
      values[4 * columns + j] = j % 2 == 0 ? 0.0 : -0.0;
      values[5 * columns + j] = j % 3 == 1 ? Double.NEGATIVE_INFINITY : values[5 * columns + j];
      values[6 * columns + j] -= 300;
      values[8 * columns + j] = j == columns / 2 ? 1 : Double.NEGATIVE_INFINITY;
      values[9 * columns + j] = (float) (values[9 * columns + j] * 1e-4 + 7);
    }
    values[7 * columns + columns - 1] = 60;
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) values[i];
    }
    return values;
  }

  /**
   * Numbers just above and just below the boundaries between tokens of known probability, so that a
   * weight that is wrong in its fifth digit is found.
   */
  private static KernelCase shares(Law law) {
    return named(
        "at the boundaries, " + law,
        (backend, workspace) -> {
          double[] shares = {0.1, 0.4, 0.2, 0.25, 0.05};
          double[] bounds =
              law.restricts(5)
                  ? new double[] {0, 0.4 / 0.85, 0.65 / 0.85, 1}
                  : new double[] {0, 0.1, 0.5, 0.7, 0.95, 1};
          double[] uniforms =
              DoubleStream.of(bounds)
                  .flatMap(b -> DoubleStream.of(b - 2e-6, b + 2e-6))
                  .filter(u -> u >= 0 && u < 1)
                  .toArray();
          double[] row = DoubleStream.of(shares).map(p -> (float) (Math.log(p) + 7)).toArray();
          double[] logits = new double[5 * uniforms.length];
          Arrays.setAll(logits, i -> row[i % 5]);
          int[] wanted = IntStream.range(0, uniforms.length).toArray();
          Shape shape = Shape.of(uniforms.length, 5);
          return draws(backend, workspace, shape, logits, wanted, law, uniforms);
        });
  }

  /** A row with one bad value, or nothing but -inf, is an error of its own. */
  private static KernelCase refused(Law law) {
    return named(
        "refused, " + law,
        (backend, workspace) -> {
          double[] seen = new double[2 * BAD.length];
          for (int i = 0; i < seen.length; i++) {
            int columns = i < BAD.length ? 40 : 1100;
            double[] logits = normal(3 * columns, 1, 1);
            double bad = BAD[i % BAD.length];
            if (bad == Double.NEGATIVE_INFINITY) {
              Arrays.fill(logits, columns, 2 * columns, bad);
            } else {
              logits[columns + columns / 2] = bad;
            }
            double[] uniforms = {0.5, 0.5, 0.5};
            int[] wanted = {0, 1, 2};
            Shape shape = Shape.of(3, columns);
            try {
              draws(backend, workspace, shape, logits, wanted, law, uniforms);
            } catch (ArithmeticException e) {
              seen[i] = String.valueOf(e.getMessage()).length();
            }
          }
          return seen;
        });
  }

  private static double[] draws(
      Backend backend,
      Workspace workspace,
      Shape shape,
      double[] logits,
      int[] wanted,
      Law law,
      double[] uniforms) {
    Tensor tensor = workspace.of(shape, logits);
    TokenDraw[] draws = backend.sampling().draw(tensor, wanted, law, uniforms);
    return Arrays.stream(draws)
        .flatMapToDouble(draw -> DoubleStream.of(draw.token(), draw.logprob()))
        .toArray();
  }
}
