package org.rlhf4j.transformer;

import java.util.List;
import java.util.stream.Stream;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.autograd.op.SwiGlu;
import org.rlhf4j.nn.Layer;
import org.rlhf4j.nn.Linear;
import org.rlhf4j.nn.ParameterScope;

/** What a token works out by itself. */
sealed interface FeedForward extends Layer {
  /** {@return shape of {@code x}, {@code [batch, time, width]}} */
  Variable apply(Variable x);

  static FeedForward of(ParameterScope scope, DecoderConfig config) {
    return switch (config.family()) {
      case LLAMA -> new Gated(scope, config);
      case GPT2 -> new Plain(scope, config);
    };
  }

  /** down(silu(gate(x)) up(x)). */
  final class Gated implements FeedForward {
    private final Linear gate;
    private final Linear up;
    private final Linear down;

    Gated(ParameterScope scope, DecoderConfig config) {
      int width = config.width();
      int inner = config.feedForwardWidth();
      gate = new Linear(scope.child("gate"), width, inner, false, Decoder.deviation(config));
      up = new Linear(scope.child("up"), width, inner, false, Decoder.deviation(config));
      down =
          new Linear(scope.child("down"), inner, width, false, Decoder.residualDeviation(config));
    }

    @Override
    public Variable apply(Variable x) {
      return down.apply(SwiGlu.of(gate.apply(x), up.apply(x)));
    }

    @Override
    public List<Parameter> parameters() {
      return Stream.of(gate, up, down).flatMap(l -> l.parameters().stream()).toList();
    }
  }

  /** down(gelu(up(x))). */
  final class Plain implements FeedForward {
    private final Linear up;
    private final Linear down;

    Plain(ParameterScope scope, DecoderConfig config) {
      int width = config.width();
      int inner = config.feedForwardWidth();
      up = new Linear(scope.child("up"), width, inner, true, Decoder.deviation(config));
      down = new Linear(scope.child("down"), inner, width, true, Decoder.residualDeviation(config));
    }

    @Override
    public Variable apply(Variable x) {
      return down.apply(up.apply(x).gelu());
    }

    @Override
    public List<Parameter> parameters() {
      return Stream.of(up, down).flatMap(l -> l.parameters().stream()).toList();
    }
  }
}
