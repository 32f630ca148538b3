package org.rlhf4j.nn;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The safetensors file format: eight bytes of header length, a JSON header with the type, shape and
 * place of every tensor, then their bytes, little-endian. Reads F32, F16 and BF16; writes F32. A
 * file is written whole beside its target and then moved into place.
 *
 * @param tensors values by name, in the order of the file
 * @param metadata strings by name
 */
public record Safetensors(Map<String, Values> tensors, Map<String, String> metadata) {
  private static final int LONGEST_HEADER = 100_000_000;
  private static final JsonMapper JSON = new JsonMapper();

  /** One tensor on the host, row-major. */
  public record Values(Shape shape, float[] values) {
    public Values {
      if (shape.size() != values.length) {
        throw new IllegalArgumentException(
            "shape %s needs %d values, got %d".formatted(shape, shape.size(), values.length));
      }
    }

    /** {@return a copy of a tensor} */
    public static Values of(Tensor tensor) {
      return new Values(tensor.shape(), tensor.toFloats());
    }
  }

  /** Writes the file; an existing one is replaced only once the new one is complete. */
  public void write(Path file) {
    ObjectNode header = JSON.createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode strings = header.putObject("__metadata__");
      new TreeMap<>(metadata).forEach(strings::put);
    }
    long offset = 0;
    for (Map.Entry<String, Values> entry : tensors.entrySet()) {
      Values tensor = entry.getValue();
      ObjectNode description = header.putObject(entry.getKey());
      description.put("dtype", "F32");
      var shape = description.putArray("shape");
      for (int dim : tensor.shape().dims()) {
        shape.add(dim);
      }
      long end = offset + 4L * tensor.values().length;
      description.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    int padded = Math.ceilDiv(json.length, 8) * 8;
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.toIntExact(8 + padded + offset)).order(ByteOrder.LITTLE_ENDIAN);
    bytes
        .putLong(padded)
        .put(json)
        .put(" ".repeat(padded - json.length).getBytes(StandardCharsets.UTF_8));
    for (Values tensor : tensors.values()) {
      bytes.asFloatBuffer().put(tensor.values());
      bytes.position(bytes.position() + 4 * tensor.values().length);
    }
    writeWhole(file, bytes.array());
  }

  private static void writeWhole(Path file, byte[] bytes) {
    try {
      Path parent = file.toAbsolutePath().getParent();
      Path partial = Files.createTempFile(parent, file.getFileName().toString(), ".partial");
      Files.write(partial, bytes);
      Files.move(
          partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /**
   * {@return the contents of a file}
   *
   * @throws IllegalArgumentException if the file is not whole or not well-formed; it says why
   * @throws UncheckedIOException if the file cannot be read
   */
  public static Safetensors read(Path file) {
    ByteBuffer bytes;
    try {
      bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
    if (bytes.remaining() < 8) {
      throw malformed(file, "it has %d bytes, fewer than a header".formatted(bytes.remaining()));
    }
    long length = bytes.getLong();
    if (length < 2 || length > LONGEST_HEADER || length > bytes.remaining()) {
      throw malformed(
          file,
          "its header says %d bytes where %d remain; the file may be truncated"
              .formatted(length, bytes.remaining()));
    }
    byte[] json = new byte[(int) length];
    bytes.get(json);
    JsonNode header;
    try {
      header = JSON.readTree(json);
    } catch (JacksonException e) {
      throw malformed(file, "its header is not JSON: " + e.getOriginalMessage());
    }
    if (!header.isObject()) {
      throw malformed(file, "its header is not a JSON object");
    }
    return parse(file, header, bytes.slice().order(ByteOrder.LITTLE_ENDIAN));
  }

  private static Safetensors parse(Path file, JsonNode header, ByteBuffer data) {
    Map<String, Values> tensors = new LinkedHashMap<>();
    Map<String, String> metadata = new TreeMap<>();
    long covered = 0;
    for (Map.Entry<String, JsonNode> entry : header.properties()) {
      String name = entry.getKey();
      JsonNode description = entry.getValue();
      if (name.equals("__metadata__")) {
        description.properties().forEach(e -> metadata.put(e.getKey(), e.getValue().asString()));
        continue;
      }
      Shape shape = shape(file, name, description.path("shape"));
      int width = width(file, name, description.path("dtype").asString(""));
      long begin = description.path("data_offsets").path(0).asLong(-1);
      long end = description.path("data_offsets").path(1).asLong(-1);
      if (begin < 0 || end > data.limit() || end - begin != (long) width * shape.size()) {
        throw malformed(
            file,
            "tensor %s %s lies at bytes %d to %d of %d; the file may be truncated"
                .formatted(name, shape, begin, end, data.limit()));
      }
      covered += end - begin;
      tensors.put(name, decode(data, (int) begin, description.path("dtype").asString(), shape));
    }
    if (covered != data.limit()) {
      throw malformed(file, "its tensors cover %d of %d bytes".formatted(covered, data.limit()));
    }
    return new Safetensors(tensors, metadata);
  }

  private static Shape shape(Path file, String name, JsonNode node) {
    if (!node.isArray()) {
      throw malformed(file, "tensor " + name + " has no shape");
    }
    int[] dims = new int[node.size()];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = node.get(i).asInt(-1);
    }
    try {
      return Shape.of(dims);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw malformed(file, "tensor " + name + ": " + e.getMessage());
    }
  }

  private static int width(Path file, String name, String type) {
    return switch (type) {
      case "F32" -> 4;
      case "F16", "BF16" -> 2;
      default ->
          throw malformed(
              file, "tensor %s has type '%s'; F32, F16 and BF16 are read".formatted(name, type));
    };
  }

  private static Values decode(ByteBuffer data, int begin, String type, Shape shape) {
    float[] values = new float[shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (type) {
            case "F32" -> data.getFloat(begin + 4 * i);
            case "F16" -> Float.float16ToFloat(data.getShort(begin + 2 * i));
            default -> Float.intBitsToFloat(data.getShort(begin + 2 * i) << 16);
          };
    }
    return new Values(shape, values);
  }

  private static IllegalArgumentException malformed(Path file, String why) {
    return new IllegalArgumentException(file + " is not a safetensors file: " + why);
  }
}
