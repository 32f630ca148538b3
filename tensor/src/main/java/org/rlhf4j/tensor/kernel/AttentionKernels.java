package org.rlhf4j.tensor.kernel;

import org.rlhf4j.tensor.HostBuffer;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;

/**
 * Causal attention, rotary positions and the key-value cache. Shapes: queries {@code [batch, time,
 * heads, headDim]}, keys and values {@code [batch, keyTime, keyValueHeads, headDim]} with {@code
 * heads} a multiple of {@code keyValueHeads} (grouped-query attention, arXiv 2305.13245): query
 * head h reads key-value head {@code h / (heads / keyValueHeads)}.
 *
 * <p>The query in column t of row b sees key columns {@code start[b] .. offset + t}, so keys behind
 * {@code offset + time} (the unused end of a cache) are never read.
 */
public interface AttentionKernels {
  /**
   * out = softmax(scale q k^T over the visible columns) v, and lse {@code [batch, heads, time]},
   * the logsumexp of the scaled scores, for the way back.
   *
   * @implSpec a query that sees nothing (padding) has out 0 and lse -inf
   */
  default void attention(
      Tensor q, Tensor k, Tensor v, Positions positions, double scale, Tensor out, Tensor lse) {
    AttentionReference reference = new AttentionReference(q, k, positions, scale);
    HostBuffer values = v.host();
    HostBuffer result = out.host();
    HostBuffer normalizer = lse.host();
    reference.forEachQuery((b, t, h, first, last, row) -> {
      double sum = reference.logSumExp(b, h, first, last, row);
      normalizer.set(reference.statistic(b, h, t), sum);
      double[] mix = new double[reference.headDim];
      for (int s = first; s <= last; s++) {
        double p = Math.exp(reference.score(row, b, s, h) - sum);
        int key = reference.keyRow(b, s, h);
        for (int d = 0; d < mix.length; d++) {
          mix[d] += p * values.get(key + d);
        }
      }
      for (int d = 0; d < mix.length; d++) {
        result.set(row + d, mix[d]);
      }
    });
  }

  /**
   * With p = softmax(scale q k^T), dp = dout v^T and D = sum_d dout out per query: dv += p^T dout,
   * ds = p (dp - D), dq += scale ds k, dk += scale ds^T q (arXiv 2205.14135, appendix B).
   */
  default void attentionBackward(
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor out,
      Tensor lse,
      Tensor dout,
      Positions positions,
      double scale,
      Tensor dq,
      Tensor dk,
      Tensor dv) {
    AttentionReference reference = new AttentionReference(q, k, positions, scale);
    HostBuffer queries = q.host();
    HostBuffer keys = k.host();
    HostBuffer values = v.host();
    HostBuffer result = out.host();
    HostBuffer dresult = dout.host();
    reference.forEachQuery((b, t, h, first, last, row) -> {
      double sum = lse.host().get(reference.statistic(b, h, t));
      double total = 0;
      for (int d = 0; d < reference.headDim; d++) {
        total += dresult.get(row + d) * result.get(row + d);
      }
      for (int s = first; s <= last; s++) {
        int key = reference.keyRow(b, s, h);
        double p = Math.exp(reference.score(row, b, s, h) - sum);
        double dp = 0;
        for (int d = 0; d < reference.headDim; d++) {
          dp += dresult.get(row + d) * values.get(key + d);
          dv.host().add(key + d, p * dresult.get(row + d));
        }
        double ds = scale * p * (dp - total);
        for (int d = 0; d < reference.headDim; d++) {
          dq.host().add(row + d, ds * keys.get(key + d));
          dk.host().add(key + d, ds * queries.get(row + d));
        }
      }
    });
  }

  /**
   * Rotary position embedding (arXiv 2104.09864): pair i of a head at position p turns by the angle
   * p base^(-2i / headDim). Padding keeps its value.
   *
   * @param x shape {@code [batch, time, heads, headDim]}, headDim even; {@code y} may be {@code x}
   */
  default void rotary(Tensor x, Positions positions, double base, RotaryLayout layout, Tensor y) {
    AttentionReference.rotate(x, positions, base, layout, 1, false, y);
  }

  /** dx += the rotation by the opposite angle of dy. */
  default void rotaryBackward(
      Tensor dy, Positions positions, double base, RotaryLayout layout, Tensor dx) {
    AttentionReference.rotate(dy, positions, base, layout, -1, true, dx);
  }

  /**
   * {@return the shape of a cache for so many columns of keys or of values}
   *
   * <p>The layout is the backend's own: only {@link #append} writes a cache and only {@link
   * #cachedAttention} reads it.
   *
   * @param columns shape {@code [batch, keyTime, keyValueHeads, headDim]}
   */
  default Shape cacheShape(Shape columns) {
    return columns;
  }

  /**
   * cache[b, offset + t, ...] = x[b, t, ...], where x has fewer columns than the cache.
   *
   * @param cache of a {@link #cacheShape}, zeros where nothing was written yet
   */
  default void append(Tensor x, Tensor cache, int offset) {
    HostBuffer in = x.host();
    HostBuffer out = cache.host();
    int width = x.shape().inner(1);
    int length = x.shape().dim(1) * width;
    int stride = cache.shape().dim(1) * width;
    for (int b = 0; b < x.shape().dim(0); b++) {
      for (int i = 0; i < length; i++) {
        out.set(b * stride + offset * width + i, in.get(b * length + i));
      }
    }
  }

  /**
   * {@link #attention} whose keys and values come from caches.
   *
   * @param lse room of shape {@code [batch, heads, time]}; what it holds afterwards is not said
   */
  default void cachedAttention(
      Tensor q,
      Tensor keys,
      Tensor values,
      Positions positions,
      double scale,
      Tensor out,
      Tensor lse) {
    attention(q, keys, values, positions, scale, out, lse);
  }
}
