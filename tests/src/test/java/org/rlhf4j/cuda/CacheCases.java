package org.rlhf4j.cuda;

import static org.rlhf4j.cuda.Inputs.normal;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;

/** Appending to a cache of keys and values. */
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
    return cases;
  }
}
