package org.rlhf4j.tensor.conformance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.conformance.KernelCase.Tolerance;
import org.rlhf4j.tensor.kernel.EmbeddingKernels;
import org.rlhf4j.tensor.kernel.OptimizerKernels;
import org.rlhf4j.tensor.kernel.OptimizerKernels.AdamWStep;
import org.rlhf4j.tensor.kernel.RandomKernels;
import org.rlhf4j.tensor.kernel.SamplingKernels;
import org.rlhf4j.tensor.kernel.TokenDraw;

/** Embedding tables, the optimizer and dropout. */
final class ParameterCases {
  private static final Tolerance EXACT = new Tolerance(1e-7, 0, "copies, or one rounding");
  private static final Tolerance SUM =
      new Tolerance(1e-6, 1e-6, "a few additions of numbers near 1");
  private static final Tolerance UPDATE =
      new Tolerance(1e-6, 1e-6, "square root, division and three products of floats");

  private final List<KernelCase> cases = new ArrayList<>();

  static List<KernelCase> all() {
    ParameterCases all = new ParameterCases();
    all.embeddings();
    all.optimizer();
    all.dropout();
    all.draws();
    return all.cases;
  }

  private void add(
      Class<?> family,
      String method,
      String label,
      Tolerance tolerance,
      boolean small,
      Consumer<Probe> body) {
    cases.add(new KernelCase(family, method, label, tolerance, small, body));
  }

  private void embeddings() {
    for (int width : new int[] {1, 16, 37, 200}) {
      int[] ids = new int[width == 200 ? 1500 : 9];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = i * i % 7;
      }
      Shape table = Shape.of(7, width);
      Shape y = Shape.of(ids.length, width);
      boolean small = width < 200;
      Tolerance scatter =
          small ? SUM : new Tolerance(1e-6, 1e-4, "up to 430 additions, each rounded");
      add(
          EmbeddingKernels.class,
          "gather",
          "width " + width,
          EXACT,
          small,
          p -> p.embeddings().gather(p.normal(table), ids, p.out(y)));
      add(
          EmbeddingKernels.class,
          "addScatter",
          "repeated ids, width " + width,
          scatter,
          small,
          p -> p.embeddings().addScatter(p.normal(y), ids, p.sum(table)));
    }
    add(
        EmbeddingKernels.class,
        "gather",
        "no ids",
        EXACT,
        true,
        p -> p.embeddings().gather(p.normal(Shape.of(3, 4)), new int[0], p.out(Shape.of(0, 4))));
  }

  private void draws() {
    for (TokenDraw.Law law :
        List.of(
            new TokenDraw.Law(0, 1, 1),
            new TokenDraw.Law(0.7, Integer.MAX_VALUE, 1),
            new TokenDraw.Law(1.5, 9, 0.8))) {
      add(
          SamplingKernels.class,
          "draw",
          law.toString(),
          EXACT,
          true,
          p ->
              p.out(
                  Arrays.stream(
                          p.sampling()
                              .draw(
                                  p.normal(Shape.of(5, 37), 3),
                                  new int[] {0, 2, 3, 4},
                                  law,
                                  new double[] {0, 0.2, 0.7, 0.999}))
                      .mapToInt(TokenDraw::token)
                      .toArray()));
    }
  }

  private void optimizer() {
    for (int n : new int[] {0, 1, 17, 40_001}) {
      Shape shape = Shape.of(n);
      Shape one = Shape.scalar();
      boolean small = n < 1000;
      add(
          OptimizerKernels.class,
          "addSumOfSquares",
          "length " + n,
          SUM,
          small,
          p -> p.optimizers().addSumOfSquares(p.normal(shape), p.sum(one)));
      for (int step : new int[] {1, 1000}) {
        AdamWStep at = new AdamWStep(0.01, 0.9, 0.95, 1e-8, 0.1, step);
        add(
            OptimizerKernels.class,
            "adamW",
            "length " + n + ", step " + step,
            UPDATE,
            small,
            p ->
                p.optimizers()
                    .adamW(
                        p.sum(shape),
                        p.normal(shape),
                        p.in(one, _ -> 0.7),
                        p.sum(shape),
                        p.out(p.uniform(shape, 0.1, 1)),
                        at));
      }
    }
    for (double norm : new double[] {0, 0.5, 4}) {
      add(
          OptimizerKernels.class,
          "clipFactor",
          "norm " + norm,
          EXACT,
          true,
          p ->
              p.optimizers()
                  .clipFactor(p.in(Shape.scalar(), _ -> norm * norm), 1, p.out(Shape.scalar())));
    }
  }

  private void dropout() {
    RandomKey key = new RandomKey(0x1234_5678_9abc_def0L);
    for (int n : new int[] {1, 5, 37, 10_001}) {
      Shape shape = Shape.of(n);
      for (double rate : new double[] {0, 0.3}) {
        String label = "rate " + rate + ", length " + n;
        add(
            RandomKernels.class,
            "dropout",
            label,
            SUM,
            n < 1000,
            p -> p.randoms().dropout(p.normal(shape), key, rate, p.out(shape)));
        add(
            RandomKernels.class,
            "dropoutBackward",
            label,
            SUM,
            n < 1000,
            p -> p.randoms().dropoutBackward(p.normal(shape), key, rate, p.sum(shape)));
      }
    }
  }
}
