package org.rlhf4j.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.WholeFile;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;

/**
 * llm.c's program for processors, which trains a GPT-2 of ours, written in its format to a folder
 * that goes away. It is {@code train_gpt2} on the path, or what the property {@code train_gpt2}
 * names. What it does is built in: AdamW without clipping on {@link #ROWS} rows of {@link #TIME}
 * tokens.
 */
final class Llmc implements AutoCloseable {
  static final String NAME = "train_gpt2";
  static final int ROWS = 4;
  static final int TIME = 64;
  static final double LEARNING_RATE = 1e-4;
  static final AdamW.Config ADAM_W = new AdamW.Config(0.9, 0.999, 1e-8, 0);

  private static final int HEADER = 256;
  private static final int MODEL = 20240326;
  private static final int MODEL_VERSION = 3;
  private static final int TOKENS = 20240520;
  private static final int PADDED_TO = 128;

  /** What it writes of each layer before the next kind; several are one matrix there. */
  private static final List<List<String>> KINDS =
      List.of(
          List.of("attentionNorm.weight"),
          List.of("attentionNorm.bias"),
          List.of("attention.query.weight", "attention.key.weight", "attention.value.weight"),
          List.of("attention.query.bias", "attention.key.bias", "attention.value.bias"),
          List.of("attention.output.weight"),
          List.of("attention.output.bias"),
          List.of("feedForwardNorm.weight"),
          List.of("feedForwardNorm.bias"),
          List.of("feedForward.up.weight"),
          List.of("feedForward.up.bias"),
          List.of("feedForward.down.weight"),
          List.of("feedForward.down.bias"));

  private static final Pattern STEP =
      Pattern.compile("step \\d+: train loss ([0-9.]+) \\(took ([0-9.]+) ms\\)");

  /** What it told of a step. */
  record Step(double loss, double seconds) {}

  private final Path folder;

  private Llmc(Path folder) {
    this.folder = folder;
  }

  static boolean isFound() {
    return Program.find(NAME).isPresent();
  }

  /** {@return the program, ready to train this model on the text of {@link OurTraining}} */
  static Llmc write(Decoder decoder) {
    try {
      Path folder = Files.createTempDirectory("llmc");
      WholeFile.write(folder.resolve("gpt2_124M.bin"), channel -> model(decoder, channel));
      Path data = Files.createDirectories(folder.resolve("dev/data/tinyshakespeare"));
      ByteBuffer text = text(decoder.config().vocabularySize());
      for (String part : List.of("train", "val")) {
        Path file = data.resolve("tiny_shakespeare_" + part + ".bin");
        WholeFile.write(file, channel -> WholeFile.write(channel, text.duplicate()));
      }
      return new Llmc(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write a model for llm.c", e);
    }
  }

  private static void model(Decoder decoder, WritableByteChannel channel) throws IOException {
    DecoderConfig config = decoder.config();
    int padded = Math.ceilDiv(config.vocabularySize(), PADDED_TO) * PADDED_TO;
    ByteBuffer header = littleEndian(4 * HEADER).putInt(MODEL).putInt(MODEL_VERSION);
    header.putInt(config.contextLength()).putInt(config.vocabularySize()).putInt(config.layers());
    header.putInt(config.heads()).putInt(config.width()).putInt(padded);
    WholeFile.write(channel, header.rewind());
    Map<String, Parameter> byName = new HashMap<>();
    decoder.parameters().forEach(parameter -> byName.put(parameter.name(), parameter));
    write(channel, byName, "embedding.weight");
    WholeFile.write(channel, littleEndian(4 * (padded - config.vocabularySize()) * config.width()));
    write(channel, byName, "positions.weight");
    for (List<String> together : KINDS) {
      for (int layer = 0; layer < config.layers(); layer++) {
        for (String kind : together) {
          write(channel, byName, "blocks." + layer + "." + kind);
        }
      }
    }
    write(channel, byName, "norm.weight");
    write(channel, byName, "norm.bias");
  }

  private static void write(WritableByteChannel channel, Map<String, Parameter> byName, String name)
      throws IOException {
    Parameter parameter = byName.get(name);
    if (parameter == null) {
      throw new AssertionError("the decoder has no parameter " + name);
    }
    float[] values = parameter.value().toFloats();
    ByteBuffer bytes = littleEndian(4 * values.length);
    bytes.asFloatBuffer().put(values);
    WholeFile.write(channel, bytes);
  }

  private static ByteBuffer text(int vocabularySize) {
    int[] ids = OurTraining.text(ROWS * TIME + 1, vocabularySize);
    ByteBuffer out = littleEndian(4 * HEADER + 2 * ids.length);
    out.putInt(TOKENS).putInt(1).putInt(ids.length).position(4 * HEADER);
    for (int id : ids) {
      out.putShort((short) id);
    }
    return out.rewind();
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** {@return the first steps of a new run; line by line, as it goes on for longer} */
  List<Step> steps(int count, int threads) {
    Path path =
        Program.find(NAME).orElseThrow(() -> new IllegalStateException(NAME + " is not found"));
    ProcessBuilder builder = new ProcessBuilder("stdbuf", "-oL", path.toString());
    builder.directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().put("OMP_NUM_THREADS", Integer.toString(threads));
    List<Step> steps = new ArrayList<>();
    List<String> said = new ArrayList<>();
    try {
      Process process = builder.start();
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        String line;
        while (steps.size() < count && (line = lines.readLine()) != null) {
          said.add(line);
          Matcher step = STEP.matcher(line);
          if (step.matches()) {
            steps.add(
                new Step(
                    Double.parseDouble(step.group(1)), Double.parseDouble(step.group(2)) * 1e-3));
          }
        }
      } finally {
        process.destroyForcibly().waitFor();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run " + builder.command(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + path + " ran", e);
    }
    if (steps.size() < count) {
      throw new IllegalStateException(path + " made no " + count + " steps but said: " + said);
    }
    return steps;
  }

  @Override
  public void close() {
    Folders.remove(folder);
  }
}
