package org.rlhf4j.transformer;

import java.util.List;
import java.util.stream.Stream;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.autograd.op.CausalAttention;
import org.rlhf4j.autograd.op.Rotary;
import org.rlhf4j.nn.Layer;
import org.rlhf4j.nn.Linear;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.tensor.kernel.Positions;

/** Causal self-attention with grouped key-value heads. */
public final class Attention implements Layer {
  private final DecoderConfig config;
  private final int layer;
  private final Linear query;
  private final Linear key;
  private final Linear value;
  private final Linear output;

  Attention(ParameterScope scope, DecoderConfig config, int layer) {
    this.config = config;
    this.layer = layer;
    int width = config.width();
    int keyValueWidth = config.keyValueHeads() * config.headDim();
    boolean bias = config.family() == DecoderConfig.Family.GPT2;
    query = new Linear(scope.child("query"), width, width, bias, Decoder.deviation(config));
    key = new Linear(scope.child("key"), width, keyValueWidth, bias, Decoder.deviation(config));
    value = new Linear(scope.child("value"), width, keyValueWidth, bias, Decoder.deviation(config));
    output =
        new Linear(scope.child("output"), width, width, bias, Decoder.residualDeviation(config));
  }

  /** {@return what each token learned from those before it, {@code [batch, time, width]}} */
  Variable apply(Variable x, Positions positions, KeyValueStore store) {
    int batch = x.shape().dim(0);
    int time = x.shape().dim(1);
    int headDim = config.headDim();
    Variable q = query.apply(x).reshape(batch, time, config.heads(), headDim);
    Variable k = key.apply(x).reshape(batch, time, config.keyValueHeads(), headDim);
    Variable v = value.apply(x).reshape(batch, time, config.keyValueHeads(), headDim);
    if (config.family() == DecoderConfig.Family.LLAMA) {
      q = Rotary.of(q, positions, config.rotaryBase(), config.rotaryLayout());
      k = Rotary.of(k, positions, config.rotaryBase(), config.rotaryLayout());
    }
    KeyValueStore.KeysValues all = store.extend(layer, k, v);
    Variable mixed = CausalAttention.of(q, all.keys(), all.values(), positions);
    return output.apply(mixed.reshape(batch, time, config.width()));
  }

  @Override
  public List<Parameter> parameters() {
    return Stream.of(query, key, value, output).flatMap(l -> l.parameters().stream()).toList();
  }
}
