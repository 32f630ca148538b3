package org.rlhf4j.nn;

import java.util.List;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Shape;

/**
 * The norm of the GPT-2 family: {@link org.rlhf4j.autograd.op.LayerNorm}, learned scale and bias.
 */
public final class LayerNorm implements Norm {
  private final Parameter weight;
  private final Parameter bias;
  private final double epsilon;

  public LayerNorm(ParameterScope scope, int width, double epsilon) {
    this.weight = scope.full("weight", Shape.of(width), 1);
    this.bias = scope.full("bias", Shape.of(width), 0);
    this.epsilon = epsilon;
  }

  @Override
  public Variable apply(Variable x) {
    return org.rlhf4j.autograd.op.LayerNorm.of(
        x, x.tape().use(weight), x.tape().use(bias), epsilon);
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(weight, bias);
  }
}
