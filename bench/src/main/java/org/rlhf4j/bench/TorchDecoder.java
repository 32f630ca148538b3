package org.rlhf4j.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.Activation;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.LayerNorm;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.transformer.DecoderConfig;

/**
 * A decoder on libtorch, op by op as PyTorch runs it without compiling: the arithmetic of ours,
 * with as many heads for keys as for queries. DJL offers libtorch's layer norm, linear layer and
 * GELU (the form with erf); attention, RMSNorm, rotation and SwiGLU are composed. What a sublayer
 * made is given back when it ends, but for its result and what autograd keeps, as Python's counts
 * of references do.
 */
final class TorchDecoder {
  private final DecoderConfig config;
  private final boolean llama;
  private final List<NDArray> parameters = new ArrayList<>();
  private final NDArray mask;
  private final NDArray positions;
  private final NDArray cos;
  private final NDArray sin;
  private int next;

  /**
   * Begins with the numbers of our parameters, whose order is that of their use.
   *
   * @param time most columns of a batch
   */
  TorchDecoder(Peers peers, DecoderConfig config, List<Parameter> ours, int time) {
    this.config = config;
    llama = config.family() == DecoderConfig.Family.LLAMA;
    NDManager manager = peers.torch;
    ours.forEach(parameter -> parameters.add(peers.learned(parameter)));
    float[] hidden = new float[time * time];
    for (int i = 0; i < hidden.length; i++) {
      hidden[i] = i % time <= i / time ? 0 : Float.NEGATIVE_INFINITY;
    }
    mask = manager.create(hidden, new Shape(time, time));
    positions = manager.arange((float) time).toType(DataType.INT64, false).reshape(1, time);
    int headDim = config.headDim();
    NDArray places = manager.arange((float) time).reshape(time, 1);
    NDArray exponents = manager.arange(0f, headDim / 2f, 1f).mul(-2.0 / headDim).reshape(1, -1);
    NDArray angles = places.mul(manager.create((float) config.rotaryBase()).pow(exponents));
    NDArray both = angles.concat(angles, 1).reshape(1, 1, time, headDim);
    cos = both.cos();
    sin = both.sin();
  }

  /** {@return what is learned, in our order} */
  List<NDArray> parameters() {
    return parameters;
  }

  DecoderConfig config() {
    return config;
  }

  /** {@return the last hidden states {@code [batch, time, width]} of ids {@code [batch, time]}} */
  NDArray hidden(NDArray ids) {
    return hidden(ids, List.of());
  }

  /** {@return the same of new columns, whose keys and values are put into the cache} */
  NDArray hidden(NDArray ids, TorchCache cache) {
    NDArray hidden = hidden(ids, List.of(cache));
    cache.advance(ids.getShape().get(1));
    return hidden;
  }

  private NDArray hidden(NDArray ids, List<TorchCache> cache) {
    long batch = ids.getShape().get(0);
    long time = ids.getShape().get(1);
    long from = cache.isEmpty() ? 0 : cache.getFirst().length();
    Span span = new Span(batch, time, from, cache);
    next = 0;
    NDArray x =
        kept(() -> {
          NDArray tokens = embed(ids, take());
          NDArray all =
              llama
                  ? tokens
                  : tokens.add(embed(Slices.of(positions, 1, from, from + time), take()));
          return all.reshape(batch * time, config.width());
        });
    for (int layer = 0; layer < config.layers(); layer++) {
      int number = layer;
      NDArray before = x;
      NDArray attended = kept(() -> before.add(attention(norm(before), span, number)));
      x = kept(() -> attended.add(feedForward(norm(attended))));
      before.close();
      attended.close();
    }
    NDArray last = x;
    return kept(() -> norm(last).reshape(batch, time, config.width()));
  }

  /** {@return logits of the next token for hidden states} */
  NDArray logits(NDArray hidden) {
    return Linear.linear(hidden, parameters.getFirst()).singletonOrThrow();
  }

  /** Which columns are computed: some of so many rows, after those of a cache, if there is one. */
  private record Span(long batch, long time, long from, List<TorchCache> cache) {}

  private NDArray attention(NDArray h, Span span, int layer) {
    NDArray q = rotate(heads(linear(h), span), span);
    NDArray k = rotate(heads(linear(h), span), span);
    NDArray v = heads(linear(h), span);
    for (TorchCache cache : span.cache) {
      k = cache.keys(layer, k);
      v = cache.values(layer, v);
    }
    NDArray scores = q.matMul(k.swapAxes(2, 3)).mul(1 / Math.sqrt(config.headDim()));
    if (span.time > 1) {
      long to = span.from + span.time;
      scores = scores.add(Slices.of(Slices.of(mask, 0, span.from, to), 1, 0, to));
    }
    NDArray mixed = scores.softmax(-1).matMul(v).swapAxes(1, 2).reshape(h.getShape());
    return linear(mixed);
  }

  private NDArray feedForward(NDArray h) {
    NDArray inner = linear(h);
    return linear(
        llama ? inner.mul(Activation.sigmoid(inner)).mul(linear(h)) : Activation.gelu(inner));
  }

  private static NDArray kept(Supplier<NDArray> work) {
    return Peers.kept(() -> new NDList(work.get())).singletonOrThrow();
  }

  private static NDArray embed(NDArray ids, NDArray table) {
    return Embedding.embedding(ids, table, SparseFormat.DENSE).singletonOrThrow();
  }

  private NDArray take() {
    return parameters.get(next++);
  }

  private NDArray linear(NDArray x) {
    return llama
        ? Linear.linear(x, take()).singletonOrThrow()
        : Linear.linear(x, take(), take()).singletonOrThrow();
  }

  private NDArray norm(NDArray x) {
    if (!llama) {
      return LayerNorm.layerNorm(
              x, new Shape(config.width()), take(), take(), (float) config.normEpsilon())
          .singletonOrThrow();
    }
    NDArray mean = x.square().mean(new int[] {-1}, true);
    return x.div(mean.add(config.normEpsilon()).sqrt()).mul(take());
  }

  /** {@return [batch, heads, time, headDim]} */
  private NDArray heads(NDArray x, Span span) {
    return x.reshape(span.batch, span.time, config.heads(), config.headDim()).swapAxes(1, 2);
  }

  private NDArray rotate(NDArray x, Span span) {
    if (!llama) {
      return x;
    }
    NDList halves = x.split(2, 3);
    NDArray turned = halves.get(1).neg().concat(halves.get(0), 3);
    long to = span.from + span.time;
    return x.mul(Slices.of(cos, 2, span.from, to))
        .add(turned.mul(Slices.of(sin, 2, span.from, to)));
  }
}
