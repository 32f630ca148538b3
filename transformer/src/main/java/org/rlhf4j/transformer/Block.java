package org.rlhf4j.transformer;

import java.util.List;
import java.util.stream.Stream;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.Layer;
import org.rlhf4j.nn.LayerNorm;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.nn.Norm;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.nn.RmsNorm;

/** x + attention(norm(x)), then x + feedForward(norm(x)). */
public final class Block implements Layer {
  private final double dropout;
  private final Norm attentionNorm;
  private final Attention attention;
  private final Norm feedForwardNorm;
  private final FeedForward feedForward;

  Block(ParameterScope scope, DecoderConfig config, int layer) {
    dropout = config.dropout();
    attentionNorm = norm(scope.child("attentionNorm"), config);
    attention = new Attention(scope.child("attention"), config, layer);
    feedForwardNorm = norm(scope.child("feedForwardNorm"), config);
    feedForward = FeedForward.of(scope.child("feedForward"), config);
  }

  static Norm norm(ParameterScope scope, DecoderConfig config) {
    return switch (config.family()) {
      case LLAMA -> new RmsNorm(scope, config.width(), config.normEpsilon());
      case GPT2 -> new LayerNorm(scope, config.width(), config.normEpsilon());
    };
  }

  /** {@return these columns of the result, {@code [batch, columns, width]}} */
  Variable apply(Variable x, Layout layout, Columns columns, KeyValueStore store, Mode mode) {
    Variable mixed = attention.apply(attentionNorm.apply(x), layout, columns, store);
    Variable h = sum(columns.of(x), mode.child("attention").dropout(mixed, dropout));
    Variable thought = feedForward.apply(feedForwardNorm.apply(h));
    return sum(h, mode.child("feedForward").dropout(thought, dropout));
  }

  /** Only the sum is read later. */
  private static Variable sum(Variable x, Variable branch) {
    Variable sum = x.add(branch);
    branch.forget();
    return sum;
  }

  @Override
  public List<Parameter> parameters() {
    return Stream.of(attentionNorm, attention, feedForwardNorm, feedForward)
        .flatMap(l -> l.parameters().stream())
        .toList();
  }
}
