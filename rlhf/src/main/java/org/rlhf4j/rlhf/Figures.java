package org.rlhf4j.rlhf;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Tensor;

/**
 * Figures to watch, as what they are computed from and how. Nothing is read before somebody asks: a
 * training step copies what all its figures need to the host at once, so that it waits for the
 * device once.
 *
 * @param inputs small tensors, alive until the figures were computed
 * @param compute the figures by name, in the order to show them, from the elements of the inputs
 */
public record Figures(List<Tensor> inputs, Function<List<double[]>, Map<String, Double>> compute) {
  public Figures {
    inputs = List.copyOf(inputs);
  }

  /** {@return a figure that is one number} */
  public static Figures of(String name, Variable number) {
    return of(List.of(number), read -> Map.of(name, read.getFirst()[0]));
  }

  /** {@return a figure that is the mean of all elements} */
  public static Figures mean(String name, Variable values) {
    return of(List.of(values), read -> Map.of(name, Rows.mean(read.getFirst())));
  }

  /** {@return figures computed from variables} */
  public static Figures of(
      List<Variable> inputs, Function<List<double[]>, Map<String, Double>> compute) {
    return new Figures(inputs.stream().map(Variable::value).toList(), compute);
  }

  /** {@return these figures and then the other} */
  public Figures and(Figures other) {
    List<Tensor> both = new ArrayList<>(inputs);
    both.addAll(other.inputs);
    return new Figures(
        both,
        read -> {
          Map<String, Double> figures =
              new LinkedHashMap<>(compute.apply(read.subList(0, inputs.size())));
          figures.putAll(other.compute.apply(read.subList(inputs.size(), read.size())));
          return figures;
        });
  }

  /** {@return these figures under other names} */
  public Figures named(UnaryOperator<String> name) {
    return then(name, UnaryOperator.identity());
  }

  /** {@return these figures times a number} */
  public Figures mul(double factor) {
    return then(UnaryOperator.identity(), figure -> figure * factor);
  }

  private Figures then(UnaryOperator<String> name, UnaryOperator<Double> change) {
    return new Figures(
        inputs,
        read -> {
          Map<String, Double> changed = new LinkedHashMap<>();
          compute
              .apply(read)
              .forEach((key, value) -> changed.put(name.apply(key), change.apply(value)));
          return changed;
        });
  }

  /** {@return the figures; waits for the device once for each input} */
  public Map<String, Double> read() {
    return compute.apply(inputs.stream().map(Tensor::toDoubles).toList());
  }
}
