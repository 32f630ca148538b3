package org.rlhf4j.transformer.checkpoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.nn.Safetensors;
import org.rlhf4j.tensor.Tensor;

/** Fills parameters from a safetensors file, all of them or none. */
final class Loading {
  private Loading() {}

  /**
   * Sets every parameter.
   *
   * @param source where a parameter of ours lies
   * @param ignored tensors of the file that may be left over
   * @throws IllegalArgumentException if tensors are missing, left over, or of another shape
   */
  static void load(
      Safetensors file,
      List<Parameter> parameters,
      Function<String, TensorSource> source,
      Predicate<String> ignored) {
    TreeSet<String> missing = new TreeSet<>();
    TreeSet<String> unknown = new TreeSet<>(file.entries().keySet());
    for (Parameter parameter : parameters) {
      String name = source.apply(parameter.name()).name();
      unknown.remove(name);
      if (!file.entries().containsKey(name)) {
        missing.add(name);
      }
    }
    unknown.removeIf(ignored);
    if (!missing.isEmpty() || !unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "%s does not hold the tensors of this model: missing %s, unknown %s"
              .formatted(file.file(), missing, unknown));
    }
    Map<Tensor, double[]> values = new LinkedHashMap<>();
    for (Parameter parameter : parameters) {
      values.put(
          parameter.value(), source.apply(parameter.name()).read(file, parameter.value().shape()));
    }
    values.forEach((value, elements) -> value.set(elements));
  }
}
