package org.rlhf4j.autograd;

import java.util.function.Function;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Workspace;

/**
 * The reference backend with a pool and a workspace for one test. Closing it fails if a tape was
 * left open.
 */
final class Scratch implements AutoCloseable {
  final Backend backend = Backends.open("reference", 1);
  final Pool pool = new Pool(backend);
  final Workspace workspace = new Workspace(pool);

  Parameter parameter(Shape shape, double... values) {
    return Parameter.of("x", workspace.of(shape, values), workspace);
  }

  /** Value and gradient of the sum of a function of one tensor. */
  record Derivative(double[] value, double[] gradient) {}

  Derivative differentiate(Shape shape, double[] x, Function<Variable, Variable> function) {
    Parameter parameter = parameter(shape, x);
    try (Tape tape = Tape.recording(pool)) {
      Variable y = function.apply(tape.use(parameter));
      double[] value = y.value().toDoubles();
      tape.backward(y.sum());
      return new Derivative(value, parameter.gradient().toDoubles());
    }
  }

  Derivative differentiate(double x, Function<Variable, Variable> function) {
    return differentiate(Shape.of(1), new double[] {x}, function);
  }

  @Override
  public void close() {
    workspace.close();
    pool.close();
    backend.close();
  }
}
