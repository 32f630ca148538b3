package org.rlhf4j.transformer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.nn.Safetensors;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Decoders as safetensors files: parameters by name, the config as JSON in the metadata. */
public final class Checkpoint {
  private static final String CONFIG = "rlhf4j.decoder";
  private static final JsonMapper JSON = new JsonMapper();

  private Checkpoint() {}

  /**
   * Writes a decoder and what stands on it.
   *
   * @param extra further parameters, such as those of a value head
   */
  public static void save(Path file, Decoder decoder, List<Parameter> extra) {
    Map<String, Safetensors.Values> tensors = new LinkedHashMap<>();
    List<Parameter> all = new ArrayList<>(decoder.parameters());
    all.addAll(extra);
    for (Parameter parameter : all) {
      tensors.put(parameter.name(), Safetensors.Values.of(parameter.value()));
    }
    String config = JSON.writeValueAsString(decoder.config());
    new Safetensors(tensors, Map.of(CONFIG, config)).write(file);
  }

  /**
   * {@return the decoder of a file that {@link #save} wrote; further parameters in it are left}
   *
   * @throws IllegalArgumentException if the file is not such a checkpoint
   */
  public static Decoder load(Path file, Workspace workspace) {
    Safetensors contents = Safetensors.read(file);
    String config = contents.metadata().get(CONFIG);
    if (config == null) {
      throw new IllegalArgumentException(
          file + " holds no decoder of rlhf4j: its metadata has no entry " + CONFIG);
    }
    DecoderConfig parsed;
    try {
      parsed = JSON.readValue(config, DecoderConfig.class);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          file + " has a decoder config that cannot be read: " + e.getOriginalMessage(), e);
    }
    Decoder decoder = new Decoder(ParameterScope.root(workspace, new RandomKey(0)), parsed);
    fill(file, contents, decoder.parameters());
    return decoder;
  }

  /**
   * Sets parameters from the tensors of the same name.
   *
   * @throws IllegalArgumentException if one is missing or of another shape
   */
  public static void fill(Path file, Safetensors contents, List<Parameter> parameters) {
    TreeSet<String> missing = new TreeSet<>();
    for (Parameter parameter : parameters) {
      Safetensors.Values values = contents.tensors().get(parameter.name());
      if (values == null) {
        missing.add(parameter.name());
        continue;
      }
      if (!values.shape().equals(parameter.value().shape())) {
        throw new IllegalArgumentException(
            "%s holds %s as %s but the model needs %s"
                .formatted(file, parameter.name(), values.shape(), parameter.value().shape()));
      }
    }
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException(file + " lacks the tensors " + missing);
    }
    for (Parameter parameter : parameters) {
      Safetensors.Values values = contents.tensors().get(parameter.name());
      if (values != null) {
        parameter.value().set(values.values());
      }
    }
  }
}
