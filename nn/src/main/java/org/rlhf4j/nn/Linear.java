package org.rlhf4j.nn;

import java.util.List;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Shape;

/** y = x weight^T + bias over the last axis, with or without the bias. */
public final class Linear implements Layer {
  private final Parameter weight;
  private final List<Parameter> bias;

  /**
   * @param deviation standard deviation of the initial weight {@code [out, in]}; a bias starts at 0
   */
  public Linear(ParameterScope scope, int in, int out, boolean bias, double deviation) {
    this.weight = scope.normal("weight", Shape.of(out, in), deviation);
    this.bias = bias ? List.of(scope.full("bias", Shape.of(out), 0)) : List.of();
  }

  /** {@return shape {@code [.., out]} for {@code x} of shape {@code [.., in]}} */
  public Variable apply(Variable x) {
    Variable w = x.tape().use(weight);
    return bias.isEmpty()
        ? org.rlhf4j.autograd.op.Linear.of(x, w)
        : org.rlhf4j.autograd.op.Linear.of(x, w, x.tape().use(bias.getFirst()));
  }

  @Override
  public List<Parameter> parameters() {
    return bias.isEmpty() ? List.of(weight) : List.of(weight, bias.getFirst());
  }
}
