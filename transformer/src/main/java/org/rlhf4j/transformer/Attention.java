package org.rlhf4j.transformer;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Variable;
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
  Variable apply(Variable x, Layout layout, KeyValueStore store) {
    int batch = x.shape().dim(0);
    int time = x.shape().dim(1);
    int headDim = config.headDim();
    Variable q = query.apply(x).reshape(batch, time, config.heads(), headDim);
    Variable k = key.apply(x).reshape(batch, time, config.keyValueHeads(), headDim);
    Variable v = value.apply(x).reshape(batch, time, config.keyValueHeads(), headDim);
    List<Variable> mixed = new ArrayList<>();
    int from = 0;
    for (int segment : layout.segments()) {
      int to = from + segment;
      mixed.add(
          segment == time
              ? mix(q, k, v, layout.positions(), store)
              : mix(
                  q.slice(1, from, to),
                  k.slice(1, from, to),
                  v.slice(1, from, to),
                  layout.positions(),
                  store));
      from = to;
    }
    Variable all = mixed.size() == 1 ? mixed.getFirst() : Variable.concat(1, mixed);
    return output.apply(all.reshape(batch, time, config.width()));
  }

  private Variable mix(
      Variable q, Variable k, Variable v, Positions positions, KeyValueStore store) {
    boolean rotates = config.family() == DecoderConfig.Family.LLAMA;
    Variable qs = rotates ? rotate(q, positions) : q;
    Variable ks = rotates ? rotate(k, positions) : k;
    return store.attend(layer, qs, ks, v, positions);
  }

  private Variable rotate(Variable x, Positions positions) {
    Variable turned = Rotary.of(x, positions, config.rotaryBase(), config.rotaryLayout());
    x.forget();
    return turned;
  }

  @Override
  public List<Parameter> parameters() {
    return Stream.of(query, key, value, output).flatMap(l -> l.parameters().stream()).toList();
  }
}
