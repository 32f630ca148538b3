package org.rlhf4j.cuda.comparison;

import static org.rlhf4j.cuda.comparison.Inputs.normal;
import static org.rlhf4j.cuda.comparison.KernelCase.Tolerance.relative;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;

/** Rows of a table, and sums back into them. */
final class EmbeddingCases {
  private EmbeddingCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (int width : new int[] {1, 5, 130, 400}) {
      Shape table = Shape.of(11, width);
      int[] ids = {3, 10, 3, 0, 3, 7, 10};
      Shape picked = Shape.of(ids.length, width);
      cases.add(
          new KernelCase(
              "EmbeddingKernels.gather",
              "width " + width,
              (b, w) -> {
                Tensor y = w.empty(picked);
                b.embeddings().gather(w.of(table, normal(table.size(), 1, 1)), ids, y);
                return y.toDoubles();
              },
              reference -> 0));
      cases.add(
          new KernelCase(
              "EmbeddingKernels.addScatter",
              "width " + width,
              (b, w) -> {
                Tensor into = w.of(table, normal(table.size(), 1, 1));
                b.embeddings().addScatter(w.of(picked, normal(picked.size(), 1, 2)), ids, into);
                return into.toDoubles();
              },
              relative(1e-6)));
    }
    return cases;
  }
}
