package org.rlhf4j.autograd;

import java.util.List;
import java.util.function.Function;
import org.rlhf4j.tensor.Tensor;

/**
 * One use of an op that is checked against differences.
 *
 * @param name for messages
 * @param op the class whose {@code of} is used
 * @param draw makes inputs, and the op as a function of them
 */
record OpCase(String name, Class<?> op, Function<Draw, Use> draw) {
  /** An op as a function of some tensors, and where to take it. */
  record Use(List<Tensor> inputs, Function<List<Variable>, Variable> function) {}

  /** A use of one input. */
  static Use of(Tensor x, Function<Variable, Variable> function) {
    return new Use(List.of(x), inputs -> function.apply(inputs.getFirst()));
  }

  @Override
  public String toString() {
    return name;
  }
}
