package org.rlhf4j.nn;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import org.rlhf4j.tensor.Tensor;

/**
 * The parameters of an {@link AdamW}, their moments and its step count in a safetensors file, so
 * that a run continues with the same bits as one that was never interrupted.
 */
public final class TrainingState {
  private static final String DONE = "done";
  private static final String STEPS = "adamw.steps";
  private static final String VALUE = "value.";
  private static final String FIRST = "firstMoment.";
  private static final String SECOND = "secondMoment.";

  private TrainingState() {}

  /**
   * Writes the file whole.
   *
   * @param done how far the stage is, in whatever it counts
   */
  public static void save(Path file, AdamW optimizer, int done) {
    Safetensors.write(
        file,
        tensors(optimizer),
        Map.of(STEPS, Integer.toString(optimizer.steps()), DONE, Integer.toString(done)));
  }

  /**
   * {@return how far the stage of a file was}
   *
   * @throws IllegalArgumentException if the file is malformed
   */
  public static int done(Path file) {
    return count(Safetensors.open(file), DONE);
  }

  /**
   * Sets parameters, moments and step count.
   *
   * @return how far the stage was
   * @throws IllegalArgumentException if the file is malformed or is of an optimizer over other
   *     parameters; then nothing was changed
   */
  public static int load(Path file, AdamW optimizer) {
    Safetensors saved = Safetensors.open(file);
    Map<String, Tensor> tensors = tensors(optimizer);
    if (!saved.entries().keySet().equals(tensors.keySet())) {
      TreeSet<String> missing = new TreeSet<>(tensors.keySet());
      missing.removeAll(saved.entries().keySet());
      TreeSet<String> unknown = new TreeSet<>(saved.entries().keySet());
      unknown.removeAll(tensors.keySet());
      throw new IllegalArgumentException(
          "%s is of another training: missing %s, unknown %s".formatted(file, missing, unknown));
    }
    int steps = count(saved, STEPS);
    int done = count(saved, DONE);
    Map<Tensor, double[]> values = new LinkedHashMap<>();
    for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
      values.put(tensor.getValue(), saved.read(tensor.getKey(), tensor.getValue().shape()));
    }
    values.forEach((tensor, elements) -> tensor.set(elements));
    optimizer.resumeAt(steps);
    return done;
  }

  private static int count(Safetensors saved, String key) {
    String text = saved.metadata().getOrDefault(key, "missing");
    if (!text.matches("\\d{1,9}")) {
      throw new IllegalArgumentException(
          "%s is not the state of a training: %s is %s".formatted(saved.file(), key, text));
    }
    return Integer.parseInt(text);
  }

  private static Map<String, Tensor> tensors(AdamW optimizer) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    optimizer.parameters().forEach(p -> tensors.put(VALUE + p.name(), p.value()));
    optimizer.firstMoments().forEach((name, moment) -> tensors.put(FIRST + name, moment));
    optimizer.secondMoments().forEach((name, moment) -> tensors.put(SECOND + name, moment));
    return tensors;
  }
}
