package org.rlhf4j.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.nn.WholeFile;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;

/**
 * The program llama2.c with a model of ours, written in its format to a folder that goes away. It
 * is {@code llama2c} on the path, or what the property {@code llama2c} names.
 */
final class Llama2c implements AutoCloseable {
  static final String NAME = "llama2c";

  /** The token that a text begins with; the program stops when it is drawn. */
  static final int BEGIN = 1;

  private static final List<String> KINDS =
      List.of(
          "attentionNorm",
          "attention.query",
          "attention.key",
          "attention.value",
          "attention.output",
          "feedForwardNorm",
          "feedForward.gate",
          "feedForward.down",
          "feedForward.up");
  private static final Pattern RATE = Pattern.compile("achieved tok/s: ([0-9.]+)");

  private final Path folder;

  private Llama2c(Path folder) {
    this.folder = folder;
  }

  static boolean isFound() {
    return Program.find(NAME).isPresent();
  }

  /** {@return the program, ready to run this model} */
  static Llama2c write(Decoder decoder) {
    try {
      Path folder = Files.createTempDirectory("llama2c");
      Llama2c program = new Llama2c(folder);
      ByteBuffer model = model(decoder);
      WholeFile.write(program.model(), channel -> WholeFile.write(channel, model));
      ByteBuffer vocabulary = vocabulary(decoder.config().vocabularySize());
      WholeFile.write(program.tokenizer(), channel -> WholeFile.write(channel, vocabulary));
      return program;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write a model for llama2.c", e);
    }
  }

  private Path model() {
    return folder.resolve("model.bin");
  }

  private Path tokenizer() {
    return folder.resolve("tokenizer.bin");
  }

  private static ByteBuffer model(Decoder decoder) {
    DecoderConfig config = decoder.config();
    Map<String, Parameter> byName = new HashMap<>();
    decoder.parameters().forEach(parameter -> byName.put(parameter.name(), parameter));
    int angles = config.contextLength() * config.headDim();
    int floats = angles + byName.values().stream().mapToInt(p -> p.value().size()).sum();
    ByteBuffer out = ByteBuffer.allocate(4 * (7 + floats)).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(config.width()).putInt(config.feedForwardWidth()).putInt(config.layers());
    out.putInt(config.heads()).putInt(config.keyValueHeads());
    out.putInt(config.vocabularySize()).putInt(config.contextLength());
    put(out, byName, "embedding.weight");
    for (String kind : KINDS) {
      for (int layer = 0; layer < config.layers(); layer++) {
        put(out, byName, "blocks." + layer + "." + kind + ".weight");
      }
    }
    put(out, byName, "norm.weight");
    return out.position(out.capacity()).flip(); // tables of angles, which the program ignores
  }

  private static void put(ByteBuffer out, Map<String, Parameter> byName, String name) {
    Parameter parameter = byName.get(name);
    if (parameter == null) {
      throw new AssertionError("the decoder has no parameter " + name);
    }
    for (float value : parameter.value().toFloats()) {
      out.putFloat(value);
    }
  }

  /** Pieces that are never read, but for the space that the program puts before a text. */
  private static ByteBuffer vocabulary(int size) {
    ByteBuffer out = ByteBuffer.allocate(4 + 24 * size).order(ByteOrder.LITTLE_ENDIAN).putInt(16);
    for (int id = 0; id < size; id++) {
      byte[] piece = (id == 3 ? " " : "t" + id).getBytes(StandardCharsets.US_ASCII);
      out.putFloat(0).putInt(piece.length).put(piece);
    }
    return out.flip();
  }

  /** {@return the rate that the program tells of a greedy text of so many tokens} */
  double tokensPerSecond(int tokens) {
    Path path =
        Program.find(NAME).orElseThrow(() -> new IllegalStateException(NAME + " is not found"));
    List<String> command =
        List.of(
            path.toString(),
            model().toString(),
            "-z",
            tokenizer().toString(),
            "-t",
            "0",
            "-n",
            Integer.toString(tokens + 1));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      Matcher rate = RATE.matcher(said);
      if (!rate.find()) {
        throw new IllegalStateException(command + " told no rate but: " + said);
      }
      return Double.parseDouble(rate.group(1));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run " + command, e);
    }
  }

  @Override
  public void close() {
    Folders.remove(folder);
  }
}
