package org.rlhf4j.tensor.conformance;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.conformance.KernelCase.Tolerance;
import org.rlhf4j.tensor.kernel.MatrixKernels;

/** Matrix products: all transpositions, tiles over the edge, thin ones, batches, nothing to sum. */
final class MatrixCases {
  private MatrixCases() {}

  /** batch, m, n, k. */
  private static final int[][] SIZES = {
    {1, 1, 1, 1},
    {1, 3, 4, 0},
    {1, 0, 4, 5},
    {1, 1, 50, 70},
    {1, 4, 65, 33},
    {1, 50, 1, 70},
    {1, 12, 32, 16},
    {1, 13, 33, 17},
    {3, 9, 10, 11},
    {2, 24, 64, 257},
    {1, 61, 103, 391},
    {1, 30, 4200, 20},
    {1, 100, 40, 600},
    {1, 16, 70, 145},
    {2, 6, 37, 300},
    {1, 1, 1100, 7},
    {1, 1, 130, 1101},
  };

  /** Rows, columns, k of products with packed weights: of few rows, and of many. */
  private static final int[][] PACKED = {
    {1, 1, 1},
    {0, 4, 5},
    {3, 4, 0},
    {1, 70, 145},
    {3, 32, 64},
    {5, 33, 17},
    {16, 172, 64},
    {17, 500, 300},
    {65, 40, 270},
    {130, 4200, 20},
  };

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (int[] size : SIZES) {
      for (int flags = 0; flags < 8; flags++) {
        cases.add(product(size, (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0));
      }
    }
    for (int[] size : PACKED) {
      cases.add(packed("pack", size));
      cases.add(packed("multiplyPacked", size));
    }
    return cases;
  }

  private static KernelCase packed(String method, int[] size) {
    int m = size[0];
    int n = size[1];
    int k = size[2];
    return new KernelCase(
        MatrixKernels.class,
        method,
        "[%d, %d, %d]".formatted(m, n, k),
        tolerance(k),
        (long) m * n * k < 200_000,
        p -> {
          Tensor x = p.normal(Shape.of(m, k));
          Tensor packed = p.pack(p.normal(Shape.of(n, k)));
          p.matrices().multiplyPacked(x, packed, p.out(Shape.of(m, n)));
        });
  }

  private static Tolerance tolerance(int k) {
    return new Tolerance(
        1e-6, 2e-7 * (k + 5), "k roundings of partial sums that grow as the root of k");
  }

  private static KernelCase product(
      int[] size, boolean transposeA, boolean transposeB, boolean accumulate) {
    int batch = size[0];
    int m = size[1];
    int n = size[2];
    int k = size[3];
    Shape a = transposeA ? Shape.of(batch, k, m) : Shape.of(batch, m, k);
    Shape b = transposeB ? Shape.of(batch, n, k) : Shape.of(batch, k, n);
    Shape c = Shape.of(batch, m, n);
    String label =
        "%d x [%d, %d, %d]%s%s%s"
            .formatted(
                batch,
                m,
                n,
                k,
                transposeA ? " a^T" : "",
                transposeB ? " b^T" : "",
                accumulate ? " added" : "");
    return new KernelCase(
        MatrixKernels.class,
        "multiply",
        label,
        tolerance(k),
        (long) batch * m * n * k < 200_000,
        p ->
            p.matrices()
                .multiply(
                    p.normal(a),
                    transposeA,
                    p.normal(b),
                    transposeB,
                    accumulate ? p.sum(c) : p.out(c),
                    accumulate));
  }
}
