package org.rlhf4j.transformer.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.nn.WholeFile;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;

/**
 * The version-0 checkpoint of llama2.c, little-endian: seven int32 (width, feed-forward width,
 * layers, heads, key-value heads, vocabulary, negative if the output layer is not tied, and context
 * length), then float32 tensors, each kind for all layers. Two tables of rotary angles, which
 * nobody reads any more, precede an untied output layer.
 */
public final class Llama2c {
  private static final int HEADER = 7 * Integer.BYTES;

  private Llama2c() {}

  /**
   * {@return the decoder in a file}
   *
   * @param workspace owner of the parameters
   * @throws IllegalArgumentException if its length is not what its header says
   */
  public static Decoder read(Path file, Workspace workspace) {
    ByteBuffer in = ByteBuffer.wrap(WholeFile.read(file)).order(ByteOrder.LITTLE_ENDIAN);
    if (in.remaining() < HEADER) {
      throw new IllegalArgumentException(
          "%s is too short for a llama2.c checkpoint: %d bytes".formatted(file, in.remaining()));
    }
    DecoderConfig config = config(file, in);
    long expected = (long) (HEADER + Float.BYTES * floats(config));
    if (in.capacity() != expected) {
      throw new IllegalArgumentException(
          "%s is not a whole llama2.c checkpoint: its header says %d bytes but it has %d"
              .formatted(file, expected, in.capacity()));
    }
    Decoder decoder = new Decoder(ParameterScope.root(workspace, new RandomKey(0)), config);
    Map<String, Parameter> byName = new HashMap<>();
    decoder.parameters().forEach(parameter -> byName.put(parameter.name(), parameter));
    for (String name : order(config)) {
      if (name.equals(ROTARY_TABLES)) {
        in.position(in.position() + Float.BYTES * config.contextLength() * config.headDim());
        continue;
      }
      Parameter parameter = byName.get(name);
      if (parameter == null) {
        throw new AssertionError("the decoder has no parameter " + name);
      }
      double[] values = new double[parameter.value().size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = in.getFloat();
      }
      parameter.value().set(values);
    }
    return decoder;
  }

  private static final String ROTARY_TABLES = "rotary tables";

  /** {@return the parameters in the order of the file} */
  private static List<String> order(DecoderConfig config) {
    List<String> names = new ArrayList<>(List.of("embedding.weight"));
    for (String kind :
        List.of(
            "attentionNorm",
            "attention.query",
            "attention.key",
            "attention.value",
            "attention.output",
            "feedForwardNorm",
            "feedForward.gate",
            "feedForward.down",
            "feedForward.up")) {
      for (int layer = 0; layer < config.layers(); layer++) {
        names.add("blocks.%d.%s.weight".formatted(layer, kind));
      }
    }
    names.addAll(List.of("norm.weight", ROTARY_TABLES));
    if (!config.tiedEmbeddings()) {
      names.add("output.weight");
    }
    return names;
  }

  private static DecoderConfig config(Path file, ByteBuffer in) {
    int width = in.getInt();
    int feedForwardWidth = in.getInt();
    int layers = in.getInt();
    int heads = in.getInt();
    int keyValueHeads = in.getInt();
    int vocabulary = in.getInt();
    int contextLength = in.getInt();
    try {
      DecoderConfig config =
          DecoderConfig.llama(
              Math.absExact(vocabulary),
              contextLength,
              width,
              layers,
              heads,
              keyValueHeads,
              feedForwardWidth);
      return vocabulary < 0 ? config.withTiedEmbeddings(false) : config;
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "%s is not a llama2.c checkpoint of version 0: %s".formatted(file, e.getMessage()), e);
    }
  }

  /** In double, which counts exactly up to 2^53 and does not wrap where a header is nonsense. */
  private static double floats(DecoderConfig config) {
    double width = config.width();
    double keyValueWidth = (double) config.keyValueHeads() * config.headDim();
    double layer =
        2 * width * width
            + 2 * width * keyValueWidth
            + 3 * width * config.feedForwardWidth()
            + 2 * width;
    double rotaryTables = (double) config.contextLength() * config.headDim();
    double table = config.vocabularySize() * width;
    return (config.tiedEmbeddings() ? 1 : 2) * table
        + config.layers() * layer
        + width
        + rotaryTables;
  }
}
