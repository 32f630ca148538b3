package org.rlhf4j.nn;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rlhf4j.nn.Safetensors.Entry;
import org.rlhf4j.tensor.Shape;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the header of a safetensors file and refuses whatever does not describe the file exactly: a
 * header that does not fit or is no JSON object, an unknown type, a shape that is not the length of
 * its data, data that overlaps, leaves a hole, or ends before or after the file.
 */
final class SafetensorsHeader {
  static final String METADATA = "__metadata__";
  private static final long LONGEST = 100_000_000; // the limit of the format's own library
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final Path file;

  private SafetensorsHeader(Path file) {
    this.file = file;
  }

  static Safetensors read(Path file) {
    try {
      return new SafetensorsHeader(file).read();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  private Safetensors read() throws IOException {
    JsonNode header;
    long dataLength;
    long dataStart;
    try (FileChannel channel = FileChannel.open(file)) {
      long size = channel.size();
      if (size < Long.BYTES) {
        throw malformed("%d bytes are too few for the length of a header".formatted(size));
      }
      long length = bytes(channel, 0, Long.BYTES).getLong();
      if (length < 2 || length > Math.min(LONGEST, size - Long.BYTES)) {
        throw malformed("a header of %d bytes does not fit a file of %d".formatted(length, size));
      }
      dataStart = Long.BYTES + length;
      dataLength = size - dataStart;
      header = parse(bytes(channel, Long.BYTES, (int) length).array());
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> property : header.properties()) {
      if (property.getKey().equals(METADATA)) {
        metadata.putAll(metadata(property.getValue()));
      } else {
        entries.put(property.getKey(), entry(property.getKey(), property.getValue()));
      }
    }
    checkPlaces(entries, dataLength);
    return new Safetensors(file, metadata, entries, dataStart);
  }

  private ByteBuffer bytes(FileChannel channel, long offset, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, offset + bytes.position()) < 0) {
        throw malformed("it became shorter while it was read");
      }
    }
    return bytes.flip();
  }

  private JsonNode parse(byte[] text) {
    try {
      JsonNode header = JSON.readTree(text);
      if (header.isObject()) {
        return header;
      }
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "%s is not a safetensors file: the header is not JSON: %s"
              .formatted(file, e.getOriginalMessage()),
          e);
    }
    throw malformed("the header is not a JSON object");
  }

  private Map<String, String> metadata(JsonNode node) {
    Map<String, String> metadata = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> property : node.properties()) {
      if (!property.getValue().isString()) {
        throw malformed("metadata %s must be a string".formatted(property.getKey()));
      }
      metadata.put(property.getKey(), property.getValue().stringValue());
    }
    return metadata;
  }

  private Entry entry(String name, JsonNode node) {
    ElementType type = type(name, node.path("dtype"));
    long[] dims = numbers(name, "shape", node.path("shape"));
    long[] offsets = numbers(name, "data_offsets", node.path("data_offsets"));
    if (offsets.length != 2 || offsets[1] < offsets[0]) {
      throw malformed("tensor %s needs data_offsets [begin, end]".formatted(name));
    }
    Shape shape = shape(name, dims);
    long expected = (long) shape.size() * type.bytes;
    long actual = offsets[1] - offsets[0];
    if (actual != expected) {
      throw malformed(
          "tensor %s of type %s and shape %s needs %d bytes but has %d"
              .formatted(name, type, shape, expected, actual));
    }
    return new Entry(type.name(), shape, offsets[0], offsets[1]);
  }

  private ElementType type(String name, JsonNode node) {
    for (ElementType type : ElementType.values()) {
      if (node.isString() && type.name().equals(node.stringValue())) {
        return type;
      }
    }
    throw malformed("tensor %s has the unknown dtype %s".formatted(name, node));
  }

  private long[] numbers(String name, String field, JsonNode node) {
    List<Long> numbers = new ArrayList<>();
    boolean valid = node.isArray();
    for (JsonNode number : node) {
      valid &= number.isIntegralNumber() && number.canConvertToLong() && number.longValue() >= 0;
      numbers.add(valid ? number.longValue() : 0);
    }
    if (!valid) {
      throw malformed(
          "tensor %s: %s must be an array of integers of 0 or more, got %s"
              .formatted(name, field, node));
    }
    return numbers.stream().mapToLong(Long::longValue).toArray();
  }

  private Shape shape(String name, long[] dims) {
    try {
      int[] exact = new int[dims.length];
      for (int i = 0; i < exact.length; i++) {
        exact[i] = Math.toIntExact(dims[i]);
      }
      return Shape.of(exact);
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s: tensor %s has too many elements: %s".formatted(file, name, e.getMessage()), e);
    }
  }

  private void checkPlaces(Map<String, Entry> entries, long dataLength) {
    List<Map.Entry<String, Entry>> ordered =
        entries.entrySet().stream()
            .sorted(
                Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().begin())
                    .thenComparingLong(e -> e.getValue().end()))
            .toList();
    long reached = 0;
    for (Map.Entry<String, Entry> next : ordered) {
      long begin = next.getValue().begin();
      if (begin != reached) {
        throw malformed(
            "tensor %s begins at byte %d of the data, but the tensor before it ends at %d"
                .formatted(next.getKey(), begin, reached));
      }
      reached = next.getValue().end();
    }
    if (reached != dataLength) {
      throw malformed(
          "the tensors fill %d bytes of data but there are %d".formatted(reached, dataLength));
    }
  }

  private IllegalArgumentException malformed(String problem) {
    return new IllegalArgumentException(file + " is not a safetensors file: " + problem);
  }
}
