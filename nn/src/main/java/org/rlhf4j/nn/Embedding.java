package org.rlhf4j.nn;

import java.util.List;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Shape;

/** A learned row per id. */
public final class Embedding implements Layer {
  private final Parameter weight;

  public Embedding(ParameterScope scope, int entries, int width, double deviation) {
    this.weight = scope.normal("weight", Shape.of(entries, width), deviation);
  }

  /** {@return the rows of these ids, {@code [ids, width]}} */
  public Variable apply(Tape tape, int[] ids) {
    return org.rlhf4j.autograd.op.Embedding.of(tape.use(weight), ids);
  }

  /** {@return the table {@code [entries, width]}, for an output layer that shares it} */
  public Parameter weight() {
    return weight;
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(weight);
  }
}
