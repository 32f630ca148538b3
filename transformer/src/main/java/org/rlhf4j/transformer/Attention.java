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

  /**
   * {@return what the tokens of these columns learned from those before them, {@code [batch,
   * columns, width]}}
   *
   * @param x of all columns, {@code [batch, time, width]}
   */
  Variable apply(Variable x, Layout layout, Columns columns, KeyValueStore store) {
    int batch = x.shape().dim(0);
    int time = x.shape().dim(1);
    int headDim = config.headDim();
    Variable q =
        query.apply(columns.of(x)).reshape(batch, columns.count(), config.heads(), headDim);
    Variable k = key.apply(x).reshape(batch, time, config.keyValueHeads(), headDim);
    Variable v = value.apply(x).reshape(batch, time, config.keyValueHeads(), headDim);
    Positions positions = layout.positions();
    List<Variable> mixed = new ArrayList<>();
    if (layout.segments().length == 1) {
      Positions asking =
          columns.from() == 0
              ? positions
              : new Positions(positions.start(), positions.offset() + columns.from());
      mixed.add(mix(q, asking, k, v, positions, store));
    } else {
      int from = 0;
      for (int segment : layout.segments()) {
        int to = from + segment;
        Variable own = q.slice(1, from, to);
        mixed.add(
            mix(own, positions, k.slice(1, from, to), v.slice(1, from, to), positions, store));
        from = to;
      }
    }
    Variable all = mixed.size() == 1 ? mixed.getFirst() : Variable.concat(1, mixed);
    return output.apply(all.reshape(batch, columns.count(), config.width()));
  }

  private Variable mix(
      Variable q,
      Positions ofQueries,
      Variable k,
      Variable v,
      Positions ofKeys,
      KeyValueStore store) {
    boolean rotates = config.family() == DecoderConfig.Family.LLAMA;
    Variable qs = rotates ? rotate(q, ofQueries) : q;
    Variable ks = rotates ? rotate(k, ofKeys) : k;
    return store.attend(layer, qs, ks, v, ofQueries);
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
