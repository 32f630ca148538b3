package org.rlhf4j.rlhf.train;

import java.util.List;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.Layer;
import org.rlhf4j.nn.Linear;
import org.rlhf4j.nn.ParameterScope;

/** One number per token from its hidden state: a value, or at the last token a reward. */
public final class ScalarHead implements Layer {
  private final Linear projection;

  /** The initial weights are N(0, 1 / (width + 1)), as in OpenAI's reward models. */
  public ScalarHead(ParameterScope scope, int width) {
    projection = new Linear(scope, width, 1, true, 1 / Math.sqrt(width + 1.0));
  }

  /** {@return shape {@code [batch, time]} for hidden states {@code [batch, time, width]}} */
  public Variable apply(Variable hidden) {
    return projection.apply(hidden).reshape(hidden.shape().dropLast());
  }

  @Override
  public List<Parameter> parameters() {
    return projection.parameters();
  }
}
