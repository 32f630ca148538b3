package org.rlhf4j.nn;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import tools.jackson.databind.json.JsonMapper;

/**
 * A file of named tensors in the safetensors format, little-endian: a uint64, the length of the
 * header; the header in JSON, which gives each tensor its type, its shape and its place in the
 * data; then the data.
 *
 * @param file where it lies
 * @param metadata free text by key
 * @param entries what is in it, in the order of the header
 * @param dataStart offset of the data in the file
 */
public record Safetensors(
    Path file, Map<String, String> metadata, Map<String, Entry> entries, long dataStart) {
  /**
   * Where a tensor lies.
   *
   * @param begin first byte, counted from the start of the data
   * @param end behind the last byte
   */
  public record Entry(String type, Shape shape, long begin, long end) {}

  /**
   * {@return the contents of a file; tensors are read when asked for}
   *
   * @throws IllegalArgumentException if the file is malformed; the message says where
   */
  public static Safetensors open(Path file) {
    return SafetensorsHeader.read(file);
  }

  /**
   * {@return the elements of a tensor in row-major order}
   *
   * @throws IllegalArgumentException if there is no such tensor, or it does not hold floating-point
   *     numbers
   */
  public double[] read(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new IllegalArgumentException("%s has no tensor %s".formatted(file, name));
    }
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(entry.end() - entry.begin()));
    try (FileChannel channel = FileChannel.open(file)) {
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, dataStart + entry.begin() + bytes.position()) < 0) {
          throw new IllegalArgumentException(file + " became shorter while it was read");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
    bytes.flip().order(ByteOrder.LITTLE_ENDIAN);
    ElementType type = ElementType.valueOf(entry.type());
    double[] values = new double[entry.shape().size()];
    try {
      for (int i = 0; i < values.length; i++) {
        values[i] = type.read(bytes);
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s: tensor %s: %s".formatted(file, name, e.getMessage()), e);
    }
    return values;
  }

  /**
   * {@return the elements of a tensor that must have this shape}
   *
   * @throws IllegalArgumentException if it has another one, or cannot be read
   */
  public double[] read(String name, Shape shape) {
    Entry entry = entries.get(name);
    if (entry != null && !entry.shape().equals(shape)) {
      throw new IllegalArgumentException(
          "%s: tensor %s has shape %s but must have shape %s"
              .formatted(file, name, entry.shape(), shape));
    }
    return read(name);
  }

  /**
   * Writes tensors whole, then moves the file into place. A tensor is stored as F32 where that
   * loses nothing, which is always so for single-precision backends, and as F64 otherwise.
   *
   * @param tensors by name, written in this order
   */
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put(SafetensorsHeader.METADATA, new TreeMap<>(metadata));
    long end = 0;
    for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
      Shape shape = tensor.getValue().shape();
      ElementType type = typeOf(tensor.getValue().toDoubles());
      long begin = end;
      end += (long) shape.size() * type.bytes;
      header.put(
          tensor.getKey(),
          new TreeMap<>(
              Map.of(
                  "dtype",
                  type.name(),
                  "shape",
                  shape.dims(),
                  "data_offsets",
                  List.of(begin, end))));
    }
    String json = JsonMapper.shared().writeValueAsString(header);
    byte[] text = json.getBytes(StandardCharsets.UTF_8);
    int padding = Math.floorMod(-text.length, 8); // so that the data is aligned
    ByteBuffer start =
        ByteBuffer.allocate(8 + text.length + padding)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(text.length + padding)
            .put(text)
            .put(" ".repeat(padding).getBytes(StandardCharsets.US_ASCII));
    WholeFile.write(
        file,
        channel -> {
          WholeFile.write(channel, start.flip());
          for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
            write(channel, tensor.getValue().toDoubles());
          }
        });
  }

  private static ElementType typeOf(double[] values) {
    for (double value : values) {
      if (!Double.isNaN(value) && (float) value != value) {
        return ElementType.F64;
      }
    }
    return ElementType.F32;
  }

  private static void write(WritableByteChannel channel, double[] values) throws IOException {
    ElementType type = typeOf(values);
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(values.length, type.bytes))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      if (type == ElementType.F32) {
        bytes.putFloat((float) value);
      } else {
        bytes.putDouble(value);
      }
    }
    WholeFile.write(channel, bytes.flip());
  }
}
