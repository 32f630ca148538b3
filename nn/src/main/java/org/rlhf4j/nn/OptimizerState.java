package org.rlhf4j.nn;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import org.rlhf4j.tensor.Tensor;

/**
 * The moments and the step count of an {@link AdamW} in a safetensors file, so that a run continues
 * with the same bits as one that was never interrupted.
 */
public final class OptimizerState {
  private static final String STEPS = "adamw.steps";
  private static final String FIRST = "firstMoment.";
  private static final String SECOND = "secondMoment.";

  private OptimizerState() {}

  public static void save(Path file, AdamW optimizer) {
    String steps = Integer.toString(optimizer.steps());
    Safetensors.write(file, tensors(optimizer), Map.of(STEPS, steps));
  }

  /**
   * Sets moments and step count.
   *
   * @throws IllegalArgumentException if the file is malformed or is of an optimizer over other
   *     parameters; then nothing was changed
   */
  public static void load(Path file, AdamW optimizer) {
    Safetensors saved = Safetensors.open(file);
    Map<String, Tensor> tensors = tensors(optimizer);
    if (!saved.entries().keySet().equals(tensors.keySet())) {
      TreeSet<String> missing = new TreeSet<>(tensors.keySet());
      missing.removeAll(saved.entries().keySet());
      TreeSet<String> unknown = new TreeSet<>(saved.entries().keySet());
      unknown.removeAll(tensors.keySet());
      throw new IllegalArgumentException(
          "%s is of another optimizer: missing %s, unknown %s".formatted(file, missing, unknown));
    }
    int steps = steps(saved);
    Map<Tensor, double[]> values = new LinkedHashMap<>();
    for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
      values.put(tensor.getValue(), saved.read(tensor.getKey(), tensor.getValue().shape()));
    }
    values.forEach((moment, elements) -> moment.set(elements));
    optimizer.resumeAt(steps);
  }

  private static int steps(Safetensors saved) {
    String text = saved.metadata().getOrDefault(STEPS, "missing");
    if (!text.matches("\\d{1,9}")) {
      throw new IllegalArgumentException(
          "%s is not the state of an optimizer: %s is %s".formatted(saved.file(), STEPS, text));
    }
    return Integer.parseInt(text);
  }

  private static Map<String, Tensor> tensors(AdamW optimizer) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    optimizer.firstMoments().forEach((name, moment) -> tensors.put(FIRST + name, moment));
    optimizer.secondMoments().forEach((name, moment) -> tensors.put(SECOND + name, moment));
    return tensors;
  }
}
