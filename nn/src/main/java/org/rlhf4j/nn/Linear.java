package org.rlhf4j.nn;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Shape;

/**
 * y = x weight^T + bias over the last axis, with or without the bias; in an adapted model also plus
 * what the {@link LowRankAdapter} says.
 */
public final class Linear implements Layer {
  private final Parameter weight;
  private final List<Parameter> bias;
  private final List<LowRankAdapter> adapters;

  /**
   * @param deviation standard deviation of the initial weight {@code [out, in]}; a bias starts at 0
   */
  public Linear(ParameterScope scope, int in, int out, boolean bias, double deviation) {
    this.weight = scope.normal("weight", Shape.of(out, in), deviation);
    this.bias = bias ? List.of(scope.full("bias", Shape.of(out), 0)) : List.of();
    this.adapters = scope.adaptation().adapters(scope, in, out);
  }

  /** {@return shape {@code [.., out]} for {@code x} of shape {@code [.., in]}} */
  public Variable apply(Variable x) {
    Variable w = x.tape().use(weight);
    Variable y =
        bias.isEmpty()
            ? org.rlhf4j.autograd.op.Linear.of(x, w)
            : org.rlhf4j.autograd.op.Linear.of(x, w, x.tape().use(bias.getFirst()));
    for (LowRankAdapter adapter : adapters) {
      y = y.add(adapter.apply(x));
    }
    return y;
  }

  @Override
  public List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>(List.of(weight));
    all.addAll(bias);
    adapters.forEach(adapter -> all.addAll(adapter.parameters()));
    return all;
  }
}
