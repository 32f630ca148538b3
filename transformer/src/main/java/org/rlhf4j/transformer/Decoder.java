package org.rlhf4j.transformer;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.autograd.op.Linear;
import org.rlhf4j.nn.Adaptation;
import org.rlhf4j.nn.Embedding;
import org.rlhf4j.nn.Layer;
import org.rlhf4j.nn.Lora;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.nn.Norm;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.tensor.kernel.Positions;

/** Tokens in, logits of the next token out: embedding, blocks, a last norm, an output layer. */
public final class Decoder implements Layer {
  private final DecoderConfig config;
  private final Adaptation adaptation;
  private final Embedding embedding;
  private final List<Embedding> positionEmbedding = new ArrayList<>();
  private final List<Block> blocks = new ArrayList<>();
  private final Norm norm;
  private final Parameter outputWeight;

  /** A decoder with random parameters, which the scope's workspace owns. */
  public Decoder(ParameterScope scope, DecoderConfig config) {
    this.config = config;
    this.adaptation = scope.adaptation();
    int vocabulary = config.vocabularySize();
    embedding =
        new Embedding(scope.child("embedding"), vocabulary, config.width(), deviation(config));
    if (config.family() == DecoderConfig.Family.GPT2) {
      positionEmbedding.add(
          new Embedding(
              scope.child("positions"), config.contextLength(), config.width(), deviation(config)));
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      blocks.add(new Block(scope.child("blocks").child(layer), config, layer));
    }
    norm = Block.norm(scope.child("norm"), config);
    outputWeight =
        config.tiedEmbeddings()
            ? embedding.weight()
            : scope
                .child("output")
                .normal("weight", Shape.of(vocabulary, config.width()), deviation(config));
  }

  /**
   * Standard deviation of the initial weights, 1 / sqrt(width): a layer's output has the variance
   * of its input. GPT-2's 0.02 belongs to its width of 768; a model a tenth as wide hardly learns
   * to attend from there.
   */
  static double deviation(DecoderConfig config) {
    return 1 / Math.sqrt(config.width());
  }

  /**
   * Deviation of the layers that write into the residual stream: smaller by sqrt(2 layers), so that
   * its variance does not grow with depth (GPT-2).
   */
  static double residualDeviation(DecoderConfig config) {
    return deviation(config) / Math.sqrt(2.0 * config.layers());
  }

  /**
   * {@return a decoder of its own with the same parameters, owned by the workspace; what is frozen
   * is shared}
   */
  public Decoder copy(Workspace workspace) {
    Decoder copy =
        new Decoder(new ParameterScope(workspace, new RandomKey(0), "", adaptation), config);
    List<Parameter> from = parameters();
    List<Parameter> to = copy.parameters();
    for (int i = 0; i < from.size(); i++) {
      workspace.backend().elements().copy(from.get(i).value(), to.get(i).value());
    }
    return copy;
  }

  /**
   * {@return a decoder that begins as this one and whose only parameters are adapters} This one's
   * parameters are shared, and must live as long and stay as they are.
   *
   * @param workspace owner of the adapters
   * @param key randomness of the adapters
   * @throws IllegalArgumentException if no linear map is a target, or this is adapted already
   */
  public Decoder adapted(Lora lora, Workspace workspace, RandomKey key) {
    if (isAdapted()) {
      throw new IllegalArgumentException("the decoder is adapted already; merge it first");
    }
    Adaptation beside = Adaptation.of(parameters(), lora);
    Decoder adapted = new Decoder(new ParameterScope(workspace, key, "", beside), config);
    if (adapted.parameters().isEmpty()) {
      throw new IllegalArgumentException(
          "no linear map has a name with '%s' in it; there are such as blocks.0.attention.query"
              .formatted(lora.targets()));
    }
    return adapted;
  }

  /**
   * {@return a decoder without adapters whose weights contain them, owned by the workspace; a copy
   * if there are none}
   */
  public Decoder merged(Workspace workspace) {
    if (!isAdapted()) {
      return copy(workspace);
    }
    Decoder merged = new Decoder(ParameterScope.root(workspace, new RandomKey(0)), config);
    adaptation.merge(parameters(), merged.parameters(), workspace.pool());
    return merged;
  }

  /** {@return whether this stands on frozen parameters of another decoder} */
  public boolean isAdapted() {
    return !adaptation.lora().isEmpty();
  }

  /** {@return what this stands on} */
  public Adaptation adaptation() {
    return adaptation;
  }

  public DecoderConfig config() {
    return config;
  }

  /** {@return the last hidden state of every column, {@code [batch, time, width]}} */
  public Variable hidden(Tape tape, TokenBatch tokens, Mode mode) {
    return hidden(tape, tokens, Columns.all(tokens.time()), mode);
  }

  /** {@return the last hidden state of some columns, {@code [batch, columns, width]}} */
  public Variable hidden(Tape tape, TokenBatch tokens, Columns columns, Mode mode) {
    Check.range("the end of the columns", columns.to(), 0, tokens.time());
    Layout layout = Layout.aligned(new Positions(tokens.start(), 0), tokens.time());
    return hidden(tape, tokens.ids(), layout, columns, KeyValueStore.NONE, mode);
  }

  /** {@return the last hidden state of every token, {@code [1, time, width]}} */
  public Variable hidden(Tape tape, PackedTokens tokens, Mode mode) {
    Layout layout = Layout.packed(tokens.lengths());
    Columns all = Columns.all(tokens.ids().length);
    return hidden(tape, tokens.ids(), layout, all, KeyValueStore.NONE, mode);
  }

  /**
   * Continues sequences whose earlier columns are in the cache, and puts the new columns there.
   *
   * @param ids the new columns, row-major {@code [batch, time]}
   * @param start first real column of each row, counted from the first column of the cache
   * @return the last hidden state of the new columns, {@code [batch, time, width]}
   */
  public Variable hidden(Tape tape, int[] ids, int[] start, KvCache cache) {
    int time = ids.length / start.length;
    Layout layout = Layout.aligned(new Positions(start, cache.length()), time);
    Variable hidden = hidden(tape, ids, layout, Columns.all(time), cache, Mode.EVALUATION);
    cache.advance(time);
    return hidden;
  }

  private Variable hidden(
      Tape tape, int[] ids, Layout layout, Columns columns, KeyValueStore store, Mode mode) {
    Check.ids("token ids", ids, config.vocabularySize(), false);
    int batch = layout.batch();
    int time = ids.length / batch;
    int[] positions = layout.positionIds();
    for (int i = 0; i < positions.length; i++) {
      if (positions[i] >= config.contextLength()) {
        throw new IllegalArgumentException(
            "row %d has %d tokens but the model's context is %d"
                .formatted(i / time, layout.longest(i / time), config.contextLength()));
      }
      positions[i] = Math.max(0, positions[i]); // padding borrows position 0
    }
    Variable x = embedding.apply(tape, ids);
    for (Embedding table : positionEmbedding) {
      x = x.add(table.apply(tape, positions));
    }
    x = x.reshape(batch, time, config.width());
    x = mode.child("embedding").dropout(x, config.dropout());
    for (int layer = 0; layer < blocks.size(); layer++) {
      boolean last = layer == blocks.size() - 1;
      Columns read = last ? columns : Columns.all(time);
      x = blocks.get(layer).apply(x, layout, read, store, mode.child("block" + layer));
    }
    return norm.apply(x);
  }

  /**
   * {@return the logits of the next token, {@code [.., vocab]} for hidden states {@code [..,
   * width]}}
   */
  public Variable logits(Variable hidden) {
    return Linear.of(hidden, hidden.tape().use(outputWeight));
  }

  /** {@return what is learned: all parameters, or of an adapted decoder the adapters alone} */
  @Override
  public List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>(embedding.parameters());
    positionEmbedding.forEach(table -> all.addAll(table.parameters()));
    blocks.forEach(block -> all.addAll(block.parameters()));
    all.addAll(norm.parameters());
    if (!config.tiedEmbeddings()) {
      all.add(outputWeight);
    }
    all.removeIf(Parameter::frozen);
    return all;
  }
}
