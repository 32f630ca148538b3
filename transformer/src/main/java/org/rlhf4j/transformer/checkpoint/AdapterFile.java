package org.rlhf4j.transformer.checkpoint;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.rlhf4j.nn.Lora;
import org.rlhf4j.nn.Safetensors;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/** The adapters of a decoder in a safetensors file, without the decoder they stand on. */
public final class AdapterFile {
  private static final String RANK = "lora.rank";
  private static final String ALPHA = "lora.alpha";
  private static final String TARGETS = "lora.targets";

  private AdapterFile() {}

  /**
   * Writes the adapters whole, then moves the file into place.
   *
   * @throws IllegalArgumentException if the decoder has no adapters
   */
  public static void save(Path file, Decoder adapted) {
    if (!adapted.isAdapted()) {
      throw new IllegalArgumentException("a decoder without adapters is saved as a Checkpoint");
    }
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    adapted.parameters().forEach(p -> tensors.put(p.name(), p.value()));
    Lora lora = adapted.adaptation().lora().getFirst();
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(RANK, Integer.toString(lora.rank()));
    metadata.put(ALPHA, Double.toString(lora.alpha()));
    metadata.put(TARGETS, lora.targets());
    Safetensors.write(file, tensors, metadata);
  }

  /**
   * {@return the base with the adapters in the file}
   *
   * @param base shared, as by {@link Decoder#adapted}
   * @param workspace owner of the adapters
   * @throws IllegalArgumentException if the file holds no adapters, or those of another base
   */
  public static Decoder read(Path file, Decoder base, Workspace workspace) {
    Safetensors saved = Safetensors.open(file);
    Decoder adapted = base.adapted(lora(saved), workspace, new RandomKey(0));
    Loading.load(saved, adapted.parameters(), TensorSource::same, _ -> false);
    return adapted;
  }

  private static Lora lora(Safetensors saved) {
    Map<String, String> text = saved.metadata();
    if (!text.keySet().containsAll(Set.of(RANK, ALPHA, TARGETS))) {
      throw new IllegalArgumentException(
          "%s is no file of adapters: its metadata lacks %s, %s or %s"
              .formatted(saved.file(), RANK, ALPHA, TARGETS));
    }
    try {
      return new Lora(
          Integer.parseInt(text.getOrDefault(RANK, "")),
          Double.parseDouble(text.getOrDefault(ALPHA, "")),
          text.getOrDefault(TARGETS, ""));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("%s: %s".formatted(saved.file(), e.getMessage()), e);
    }
  }
}
