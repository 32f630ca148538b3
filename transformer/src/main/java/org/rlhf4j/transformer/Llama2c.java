package org.rlhf4j.transformer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;

/**
 * Version-0 checkpoints of llama2.c: seven little-endian ints (width, feed-forward width, layers,
 * heads, key-value heads, vocabulary, context; a negative vocabulary means an output layer of its
 * own), then float32 tensors, each kind for all layers in turn.
 */
public final class Llama2c {
  private static final int HEADER_BYTES = 7 * 4;

  private Llama2c() {}

  /**
   * {@return the decoder in a file}
   *
   * @throws IllegalArgumentException if the file's size is not what its header asks for
   * @throws UncheckedIOException if it cannot be read
   */
  public static Decoder load(Path file, Workspace workspace) {
    ByteBuffer bytes;
    try {
      bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
    DecoderConfig config = config(file, bytes);
    long expected = HEADER_BYTES + 4 * floats(config);
    if (bytes.limit() != expected) {
      throw new IllegalArgumentException(
          "%s is not a whole llama2.c checkpoint: %s needs %d bytes, the file has %d"
              .formatted(file, config, expected, bytes.limit()));
    }
    Decoder decoder = new Decoder(ParameterScope.root(workspace, new RandomKey(0)), config);
    Map<String, Parameter> parameters = new HashMap<>();
    decoder.parameters().forEach(p -> parameters.put(p.name(), p));
    FloatBuffer data =
        bytes.position(HEADER_BYTES).slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    read(data, parameters, "embedding.weight");
    for (String part :
        new String[] {
          "attentionNorm", "attention.query", "attention.key", "attention.value",
          "attention.output", "feedForwardNorm", "feedForward.gate", "feedForward.down",
          "feedForward.up"
        }) {
      for (int layer = 0; layer < config.layers(); layer++) {
        read(data, parameters, "blocks." + layer + "." + part + ".weight");
      }
    }
    read(data, parameters, "norm.weight");
    if (!config.tiedEmbeddings()) {
      data.position(data.position() + rotaryTable(config));
      read(data, parameters, "output.weight");
    }
    return decoder;
  }

  private static DecoderConfig config(Path file, ByteBuffer bytes) {
    if (bytes.limit() < HEADER_BYTES) {
      throw new IllegalArgumentException(
          "%s is not a llama2.c checkpoint: it has %d bytes, fewer than a header"
              .formatted(file, bytes.limit()));
    }
    int width = bytes.getInt();
    int feedForward = bytes.getInt();
    int layers = bytes.getInt();
    int heads = bytes.getInt();
    int keyValueHeads = bytes.getInt();
    int vocabulary = bytes.getInt();
    int context = bytes.getInt();
    try {
      DecoderConfig config =
          DecoderConfig.llama(
              Math.abs(vocabulary), context, width, layers, heads, keyValueHeads, feedForward);
      return vocabulary > 0 ? config : config.withTiedEmbeddings(false);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          file + " is not a llama2.c checkpoint: " + e.getMessage(), e);
    }
  }

  /** The file also holds the cosines and sines of the rotary angles, which we compute. */
  private static int rotaryTable(DecoderConfig config) {
    return config.contextLength() * config.headDim();
  }

  private static long floats(DecoderConfig config) {
    long width = config.width();
    long keyValueWidth = (long) config.keyValueHeads() * config.headDim();
    long layer =
        2 * width
            + 2 * width * width
            + 2 * keyValueWidth * width
            + 3 * width * config.feedForwardWidth();
    long vocabulary = config.vocabularySize() * width;
    return vocabulary * (config.tiedEmbeddings() ? 1 : 2)
        + config.layers() * layer
        + width
        + rotaryTable(config);
  }

  private static void read(FloatBuffer data, Map<String, Parameter> parameters, String name) {
    Parameter parameter = parameters.get(name);
    if (parameter == null) {
      throw new AssertionError("the decoder has no parameter " + name);
    }
    float[] values = new float[parameter.value().size()];
    data.get(values);
    parameter.value().set(values);
  }
}
