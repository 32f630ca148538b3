package org.rlhf4j.rlhf;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Workspace;

/**
 * Value and gradient of a function of tensors, in double precision on the reference backend.
 *
 * @param value of the function, summed if it is not one number
 * @param values all elements of the function's result
 * @param gradients of the sum, one array an input
 */
public record Differentiated(double value, double[] values, double[][] gradients) {
  /** An input: a shape and its elements. */
  public record Input(Shape shape, double[] values) {
    /** A vector. */
    public static Input of(double... values) {
      return new Input(Shape.of(values.length), values);
    }

    /** A matrix. */
    public static Input of(double[][] rows) {
      int columns = rows[0].length;
      double[] flat = new double[rows.length * columns];
      for (int i = 0; i < rows.length; i++) {
        System.arraycopy(rows[i], 0, flat, i * columns, columns);
      }
      return new Input(Shape.of(rows.length, columns), flat);
    }
  }

  /** Differentiates on the reference backend. */
  public static Differentiated of(Function<List<Variable>, Variable> function, Input... inputs) {
    return on("reference", function, inputs);
  }

  /** Differentiates on a named backend. */
  public static Differentiated on(
      String backendName, Function<List<Variable>, Variable> function, Input... inputs) {
    try (var backend = Backends.open(backendName, 1);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool);
        Tape tape = Tape.recording(pool)) {
      List<Parameter> parameters = new ArrayList<>();
      List<Variable> variables = new ArrayList<>();
      for (Input input : inputs) {
        Parameter parameter =
            Parameter.of("input", workspace.of(input.shape(), input.values()), workspace);
        parameters.add(parameter);
        variables.add(tape.use(parameter));
      }
      Variable result = function.apply(variables);
      double[] values = result.value().toDoubles();
      if (result.requiresGradient()) {
        tape.backward(result.sum());
      }
      double[][] gradients = new double[inputs.length][];
      for (int i = 0; i < inputs.length; i++) {
        gradients[i] = parameters.get(i).gradient().toDoubles();
      }
      return new Differentiated(Rows.sum(values), values, gradients);
    }
  }
}
