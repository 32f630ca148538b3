package org.rlhf4j.transformer.checkpoint;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.nn.Safetensors;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;

/**
 * A decoder with its configuration, and layers that stand on it (a value head, a reward head), in
 * one safetensors file. The decoder's tensors are named {@code decoder.*}; the configuration is in
 * the metadata.
 *
 * @param file the opened file
 * @param config of the decoder in it
 */
public record Checkpoint(Safetensors file, DecoderConfig config) {
  private static final String PREFIX = "decoder.";

  /**
   * Writes a checkpoint whole, then moves it into place.
   *
   * @param extras parameters beside the decoder's, none named {@code decoder.*}
   * @throws IllegalArgumentException if the decoder is adapted: it is not whole without its base
   */
  public static void save(Path file, Decoder decoder, List<Parameter> extras) {
    if (decoder.isAdapted()) {
      throw new IllegalArgumentException(
          "an adapted decoder is saved merged, or its adapters alone as an AdapterFile");
    }
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    decoder.parameters().forEach(p -> tensors.put(PREFIX + p.name(), p.value()));
    for (Parameter extra : extras) {
      if (extra.name().startsWith(PREFIX) || tensors.put(extra.name(), extra.value()) != null) {
        throw new IllegalArgumentException(
            "extra parameter %s must have a name of its own, not of the decoder"
                .formatted(extra.name()));
      }
    }
    Safetensors.write(file, tensors, ConfigText.of(decoder.config()));
  }

  static boolean isCheckpoint(Safetensors file) {
    return file.metadata().containsKey(ConfigText.FAMILY);
  }

  /**
   * {@return the checkpoint in a file; tensors are read when asked for}
   *
   * @throws IllegalArgumentException if the file is not a checkpoint
   */
  public static Checkpoint open(Path file) {
    return of(Safetensors.open(file));
  }

  static Checkpoint of(Safetensors file) {
    try {
      return new Checkpoint(file, ConfigText.config(file.metadata()));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s is not a checkpoint of a decoder: %s".formatted(file.file(), e.getMessage()), e);
    }
  }

  /**
   * {@return the decoder, without what stands on it}
   *
   * @param workspace owner of the parameters
   * @throws IllegalArgumentException if tensors of the decoder are missing, unknown, or of another
   *     shape
   */
  public Decoder decoder(Workspace workspace) {
    Decoder decoder = new Decoder(ParameterScope.root(workspace, new RandomKey(0)), config);
    Loading.load(
        file,
        decoder.parameters(),
        name -> TensorSource.same(PREFIX + name),
        name -> !name.startsWith(PREFIX));
    return decoder;
  }

  /**
   * Sets parameters beside the decoder's.
   *
   * @throws IllegalArgumentException if one is missing or of another shape, or the file holds
   *     further ones
   */
  public void restore(List<Parameter> extras) {
    Loading.load(file, extras, TensorSource::same, name -> name.startsWith(PREFIX));
  }
}
