package org.rlhf4j.cuda.comparison;

import static org.rlhf4j.cuda.comparison.Inputs.concat;
import static org.rlhf4j.cuda.comparison.Inputs.normal;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.Positions;

/** Causal attention: groups of heads, padding, a cache in front, scores far apart. */
final class AttentionCases {
  /** batch, time, heads, key-value heads, head dim, key time, offset. */
  private static final int[][] ATTENTION = {
    {1, 1, 1, 1, 1, 1, 0},
    {2, 5, 2, 1, 8, 5, 0},
    {1, 33, 1, 1, 4, 33, 0},
    {2, 37, 4, 2, 33, 37, 0},
    {2, 3, 2, 2, 8, 50, 40},
    {1, 1, 8, 4, 8, 70, 33},
    {1, 6, 1, 1, 128, 6, 0},
    {1, 35, 1, 1, 2, 35, 0}
  };

  /** How far scores spread: common, and so far that the shift by the maximum matters. */
  private static final double[] SPREADS = {2, 30};

  private AttentionCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (double spread : SPREADS) {
      for (int[] c : ATTENTION) {
        attention(cases, c, spread);
      }
    }
    return cases;
  }

  private static void attention(List<KernelCase> cases, int[] c, double spread) {
    Shape queries = Shape.of(c[0], c[1], c[2], c[4]);
    Shape keys = Shape.of(c[0], c[5], c[3], c[4]);
    Shape statistics = Shape.of(c[0], c[2], c[1]);
    int[] start = new int[c[0]];
    start[start.length - 1] = c[0] > 1 ? c[6] + 2 : 0;
    Positions positions = new Positions(start, c[6]);
    double scale = (float) (1 / Math.sqrt(c[4]));
    double[] q = normal(queries.size(), spread, 1);
    double[] k = normal(keys.size(), 2, 2);
    double[] v = normal(keys.size(), 2, 3);
    // what lies behind offset + time must not be read
    int used = c[6] + c[1];
    for (int b = 0; b < c[0]; b++) {
      int width = c[3] * c[4];
      for (int i = used * width; i < c[5] * width; i++) {
        k[b * c[5] * width + i] = Double.NaN;
        v[b * c[5] * width + i] = Double.NaN;
      }
    }
    double[] dout = normal(queries.size(), 1, 4);
    String label = queries + " of " + keys + " spread " + spread;
    cases.add(
        new KernelCase(
            "AttentionKernels.attention",
            label,
            (b, w) -> {
              Tensor out = w.empty(queries);
              Tensor lse = w.empty(statistics);
              b.attention()
                  .attention(
                      w.of(queries, q), w.of(keys, k), w.of(keys, v), positions, scale, out, lse);
              return concat(out.toDoubles(), lse.toDoubles());
            },
            reference -> 2.5e-6 * spread * Math.max(1, Math.abs(reference))));
    cases.add(
        new KernelCase(
            "AttentionKernels.attentionBackward",
            label,
            (b, w) -> {
              Tensor out = w.empty(queries);
              Tensor lse = w.empty(statistics);
              Tensor tq = w.of(queries, q);
              Tensor tk = w.of(keys, k);
              Tensor tv = w.of(keys, v);
              b.attention().attention(tq, tk, tv, positions, scale, out, lse);
              Tensor dq = w.of(queries, normal(queries.size(), 1, 5));
              Tensor dk = w.of(keys, normal(keys.size(), 1, 6));
              Tensor dv = w.of(keys, normal(keys.size(), 1, 7));
              b.attention()
                  .attentionBackward(
                      tq, tk, tv, out, lse, w.of(queries, dout), positions, scale, dq, dk, dv);
              return concat(dq.toDoubles(), dk.toDoubles(), dv.toDoubles());
            },
            // a score carries a rounding error of its size, which the spread sets
            reference -> 1e-5 * spread * spread * Math.max(1, Math.abs(reference))));
  }
}
