package org.rlhf4j.autograd;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;

/**
 * Proves a gradient against central differences, (f(x + h) - f(x - h)) / 2h, coordinate by
 * coordinate. On the reference backend, in double precision, h = 1e-5 leaves an error of about
 * 1e-10.
 */
public final class GradCheck {
  private final Backend backend;
  private final double step;

  /**
   * @param backend where to compute
   * @param step h, relative to coordinates of order 1
   */
  public GradCheck(Backend backend, double step) {
    this.backend = backend;
    this.step = step;
  }

  /**
   * One coordinate where both gradients differ most.
   *
   * @param error |analytic - numeric| / max(1, |analytic|, |numeric|); infinite if either is NaN
   * @param input which parameter, from 0; -1 if every coordinate agrees exactly
   */
  public record Worst(double error, int input, int coordinate, double analytic, double numeric) {}

  /**
   * {@return the coordinate with the largest error over all inputs}
   *
   * @param inputs the point, one parameter each
   * @param function from those parameters, on a tape, to one number
   */
  public Worst worst(List<Parameter> inputs, Function<List<Variable>, Variable> function) {
    try (Pool pool = new Pool(backend)) {
      inputs.forEach(Parameter::zeroGradient);
      try (Tape tape = Tape.recording(pool)) {
        tape.backward(function.apply(inputs.stream().map(tape::use).toList()));
      }
      Worst worst = new Worst(0, -1, -1, 0, 0);
      for (int i = 0; i < inputs.size(); i++) {
        Tensor value = inputs.get(i).value();
        double[] point = value.toDoubles();
        double[] analytic = inputs.get(i).gradient().toDoubles();
        for (int j = 0; j < point.length; j++) {
          double numeric = slope(pool, inputs, function, value, point, j);
          double error = error(analytic[j], numeric);
          if (error > worst.error()) {
            worst = new Worst(error, i, j, analytic[j], numeric);
          }
        }
      }
      return worst;
    }
  }

  private static double error(double analytic, double numeric) {
    double scale = Math.max(1, Math.max(Math.abs(analytic), Math.abs(numeric)));
    double error = Math.abs(analytic - numeric) / scale;
    return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
  }

  private double slope(
      Pool pool,
      List<Parameter> inputs,
      Function<List<Variable>, Variable> function,
      Tensor value,
      double[] point,
      int j) {
    double kept = point[j];
    point[j] = kept + step;
    value.set(point);
    double above = evaluate(pool, inputs, function);
    point[j] = kept - step;
    value.set(point);
    double below = evaluate(pool, inputs, function);
    point[j] = kept;
    value.set(point);
    return (above - below) / (2 * step);
  }

  private static double evaluate(
      Pool pool, List<Parameter> inputs, Function<List<Variable>, Variable> function) {
    try (Tape tape = Tape.noGrad(pool)) {
      return function.apply(inputs.stream().map(tape::use).toList()).item();
    }
  }

  /** {@return parameters at these points, owned by a workspace} */
  public static List<Parameter> parameters(Workspace workspace, List<Tensor> values) {
    List<Parameter> parameters = new ArrayList<>();
    for (Tensor value : values) {
      parameters.add(Parameter.of("input" + parameters.size(), value, workspace));
    }
    return parameters;
  }
}
