package org.rlhf4j.tensor.conformance;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.conformance.KernelCase.Tolerance;
import org.rlhf4j.tensor.kernel.AttentionKernels;
import org.rlhf4j.tensor.kernel.Positions;
import org.rlhf4j.tensor.kernel.RotaryLayout;

/**
 * Attention: grouped heads, left padding full of NaN, a cache longer than what is used, decoding.
 */
final class AttentionCases {
  private static final Tolerance VALUE =
      new Tolerance(
          1e-5, 1e-5, "scores of a few units exact to 1e-6, mixed with weights that sum to 1");
  private static final Tolerance GRADIENT =
      new Tolerance(1e-5, 5e-5, "sums over all queries of products of such weights");
  private static final Tolerance ANGLE =
      new Tolerance(1e-6, 1e-6, "products of floats with cosines rounded from double");

  private AttentionCases() {}

  /** A case: lengths, and where the rows begin. */
  private record Sizes(
      int batch, int time, int heads, int headDim, int keyTime, int keyValueHeads, int... start) {
    Shape q() {
      return Shape.of(batch, time, heads, headDim);
    }

    Shape k() {
      return Shape.of(batch, keyTime, keyValueHeads, headDim);
    }
  }

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    Sizes[] sizes = {
      new Sizes(1, 1, 1, 2, 1, 1, 0),
      new Sizes(2, 7, 4, 8, 7, 2, 0, 3),
      new Sizes(2, 5, 2, 6, 12, 1, 0, 6),
      new Sizes(3, 1, 4, 16, 20, 2, 0, 8, 13),
      new Sizes(2, 9, 2, 40, 9, 2, 9, 4),
      new Sizes(2, 70, 4, 16, 70, 2, 0, 35),
      new Sizes(3, 131, 6, 24, 140, 3, 0, 1, 100),
      new Sizes(4, 64, 2, 64, 64, 2, 0, 0, 0, 0),
    };
    for (Sizes s : sizes) {
      cases.addAll(attention(s, 0));
      if (s.keyTime > s.time) {
        cases.addAll(attention(s, s.keyTime - s.time - 1));
      }
      for (RotaryLayout layout : RotaryLayout.values()) {
        cases.addAll(rotary(s, layout));
      }
      for (String method : List.of("cacheShape", "append", "cachedAttention")) {
        cases.add(cached(method, s));
      }
    }
    return cases;
  }

  private static List<KernelCase> attention(Sizes s, int offset) {
    Positions positions = new Positions(s.start, offset);
    double scale = 1 / Math.sqrt(s.headDim);
    Shape statistic = Shape.of(s.batch, s.heads, s.time);
    String label = s + " at " + offset;
    boolean small = s.q().size() < 1000;
    KernelCase forward =
        new KernelCase(
            AttentionKernels.class,
            "attention",
            label,
            VALUE,
            small,
            p ->
                p.attention()
                    .attention(
                        queries(p, s, positions),
                        keys(p, s, positions),
                        keys(p, s, positions),
                        positions,
                        scale,
                        p.out(s.q()),
                        p.out(statistic)));
    KernelCase backward =
        new KernelCase(
            AttentionKernels.class,
            "attentionBackward",
            label,
            GRADIENT,
            small,
            p -> {
              Tensor q = queries(p, s, positions);
              Tensor k = keys(p, s, positions);
              Tensor v = keys(p, s, positions);
              Tensor out = p.out(s.q());
              Tensor lse = p.out(statistic);
              p.attention().attention(q, k, v, positions, scale, out, lse);
              p.attention()
                  .attentionBackward(
                      q,
                      k,
                      v,
                      out,
                      lse,
                      queries(p, s, positions),
                      positions,
                      scale,
                      p.sum(s.q()),
                      p.sum(s.k()),
                      p.sum(s.k()));
            });
    return List.of(forward, backward);
  }

  /** The last columns are written once more, as a continuation is after its prompt. */
  private static KernelCase cached(String method, Sizes s) {
    int offset = s.keyTime - s.time;
    Positions positions = new Positions(s.start, offset);
    return new KernelCase(
        AttentionKernels.class,
        method,
        s + " after " + offset,
        VALUE,
        s.q().size() < 1000,
        p -> {
          Tensor keys = p.zeros(p.attention().cacheShape(s.k()));
          Tensor values = p.zeros(p.attention().cacheShape(s.k()));
          for (Tensor cache : List.of(keys, values)) {
            p.attention().append(keys(p, s, positions), cache, 0);
            p.attention().append(p.normal(s.k().with(1, s.time), 1.5), cache, offset);
          }
          Tensor lse = p.zeros(Shape.of(s.batch, s.heads, s.time));
          p.attention()
              .cachedAttention(
                  queries(p, s, positions),
                  keys,
                  values,
                  positions,
                  1 / Math.sqrt(s.headDim),
                  p.out(s.q()),
                  lse);
        });
  }

  /** Normal, and NaN in the queries that are padding. */
  private static Tensor queries(Probe p, Sizes s, Positions positions) {
    double[] normal = p.normal(s.q(), 1.5).toDoubles();
    int width = s.heads * s.headDim;
    return p.in(
        s.q(),
        i -> {
          int column = i / width % s.time + positions.offset();
          return column < s.start[i / width / s.time] ? Double.NaN : normal[i];
        });
  }

  /** Normal, and NaN in the keys that no query may read. */
  private static Tensor keys(Probe p, Sizes s, Positions positions) {
    double[] normal = p.normal(s.k(), 1.5).toDoubles();
    int width = s.keyValueHeads * s.headDim;
    return p.in(
        s.k(),
        i -> {
          int column = i / width % s.keyTime;
          boolean hidden =
              column < s.start[i / width / s.keyTime] || column >= positions.offset() + s.time;
          return hidden ? Double.NaN : normal[i];
        });
  }

  private static List<KernelCase> rotary(Sizes s, RotaryLayout layout) {
    Positions positions = new Positions(s.start, 2);
    String label = s + " " + layout;
    boolean small = s.q().size() < 1000;
    KernelCase forward =
        new KernelCase(
            AttentionKernels.class,
            "rotary",
            label,
            ANGLE,
            small,
            p -> p.attention().rotary(p.normal(s.q()), positions, 1e4, layout, p.out(s.q())));
    KernelCase inPlace =
        new KernelCase(
            AttentionKernels.class,
            "rotary",
            label + " in place",
            ANGLE,
            small,
            p -> {
              Tensor x = p.sum(s.q());
              p.attention().rotary(x, positions, 500, layout, x);
            });
    KernelCase backward =
        new KernelCase(
            AttentionKernels.class,
            "rotaryBackward",
            label,
            ANGLE,
            small,
            p ->
                p.attention()
                    .rotaryBackward(p.normal(s.q()), positions, 1e4, layout, p.sum(s.q())));
    return List.of(forward, inPlace, backward);
  }
}
