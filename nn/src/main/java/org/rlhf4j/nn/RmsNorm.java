package org.rlhf4j.nn;

import java.util.List;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Shape;

/** The norm of the Llama family: {@link org.rlhf4j.autograd.op.RmsNorm} with a learned scale. */
public final class RmsNorm implements Norm {
  private final Parameter weight;
  private final double epsilon;

  public RmsNorm(ParameterScope scope, int width, double epsilon) {
    this.weight = scope.full("weight", Shape.of(width), 1);
    this.epsilon = epsilon;
  }

  @Override
  public Variable apply(Variable x) {
    return org.rlhf4j.autograd.op.RmsNorm.of(x, x.tape().use(weight), epsilon);
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(weight);
  }
}
