package org.rlhf4j.cuda.comparison;

import static org.rlhf4j.cuda.comparison.Inputs.normal;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.tensor.kernel.AttentionKernels;
import org.rlhf4j.tensor.kernel.Positions;

/** Appending to a cache of keys and values, and attention over it. */
final class CacheCases {
  private CacheCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    // the wider one has more elements than the grid has threads
    for (int width : new int[] {4, 200}) {
      Shape whole = Shape.of(2, 9, 2, width);
      Shape part = Shape.of(2, 3, 2, width);
      cases.add(
          new KernelCase(
              "AttentionKernels.append",
              part + " at 4",
              (b, w) -> {
                Tensor cache = w.of(whole, normal(whole.size(), 1, 1));
                b.attention().append(w.of(part, normal(part.size(), 1, 2)), cache, 4);
                return cache.toDoubles();
              },
              reference -> 0));
    }
    for (String method : List.of("cacheShape", "cachedAttention")) {
      cases.add(
          new KernelCase(
              "AttentionKernels." + method,
              "two columns after four",
              (b, w) -> attention(b.attention(), w),
              reference -> 1e-5));
    }
    return cases;
  }

  private static double[] attention(AttentionKernels kernels, Workspace w) {
    Shape columns = Shape.of(2, 6, 2, 8);
    Tensor keys = w.zeros(kernels.cacheShape(columns));
    Tensor values = w.zeros(kernels.cacheShape(columns));
    kernels.append(w.of(columns, normal(columns.size(), 1, 1)), keys, 0);
    kernels.append(w.of(columns, normal(columns.size(), 1, 2)), values, 0);
    Shape queries = Shape.of(2, 2, 4, 8);
    Tensor q = w.of(queries, normal(queries.size(), 1, 3));
    Tensor out = w.empty(queries);
    Tensor lse = w.empty(Shape.of(2, 4, 2));
    Positions positions = new Positions(new int[] {0, 3}, 4);
    kernels.cachedAttention(q, keys, values, positions, 0.35, out, lse);
    return out.toDoubles();
  }
}
