package org.rlhf4j.transformer.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.Tiny;

class Llama2cTest {
  @TempDir Path folder;

  /** width 4, feed-forward 3, 2 layers, 2 heads, 1 key-value head, 5 tokens, context 6. */
  private static final int[] HEADER = {4, 3, 2, 2, 1, 5, 6};

  private static final int TIED_FLOATS = 20 + 2 * (4 + 16 + 8 + 8 + 16 + 4 + 36) + 4 + 12;

  /** A file whose n-th float is n. */
  private Path file(int[] header, int floats) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(4 * (header.length + floats)).order(ByteOrder.LITTLE_ENDIAN);
    IntStream.of(header).forEach(bytes::putInt);
    IntStream.range(0, floats).forEach(i -> bytes.putFloat(i));
    return Files.write(folder.resolve("model.bin"), bytes.array());
  }

  private static double[] count(int from, int size) {
    return IntStream.range(from, from + size).asDoubleStream().toArray();
  }

  private static void assertHolds(Decoder decoder, String name, int first) {
    Parameter parameter =
        decoder.parameters().stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow();
    assertArrayEquals(count(first, parameter.value().size()), parameter.value().toDoubles(), name);
  }

  @Test
  void everyTensorComesFromItsPlace() throws Exception {
    Path file = file(HEADER, TIED_FLOATS);
    Tiny.on(
        "reference",
        (_, workspace) -> {
          Decoder decoder = Llama2c.read(file, workspace);
          assertEquals(DecoderConfig.llama(5, 6, 4, 2, 2, 1, 3), decoder.config());
          assertHolds(decoder, "embedding.weight", 0);
          assertHolds(decoder, "blocks.0.attentionNorm.weight", 20);
          assertHolds(decoder, "blocks.1.attentionNorm.weight", 24);
          assertHolds(decoder, "blocks.0.attention.query.weight", 28);
          assertHolds(decoder, "blocks.1.attention.query.weight", 44);
          assertHolds(decoder, "blocks.0.attention.key.weight", 60);
          assertHolds(decoder, "blocks.1.attention.value.weight", 84);
          assertHolds(decoder, "blocks.0.attention.output.weight", 92);
          assertHolds(decoder, "blocks.1.feedForwardNorm.weight", 128);
          assertHolds(decoder, "blocks.0.feedForward.gate.weight", 132);
          assertHolds(decoder, "blocks.0.feedForward.down.weight", 156);
          assertHolds(decoder, "blocks.1.feedForward.up.weight", 192);
          assertHolds(decoder, "norm.weight", 204);
          assertEquals(204 + 4 + 12, TIED_FLOATS); // the last 12 are angles, skipped
        });
  }

  @Test
  void aNegativeVocabularyHasAnOutputLayerBehindTheAngles() throws Exception {
    int[] header = HEADER.clone();
    header[5] = -5;
    Path file = file(header, TIED_FLOATS + 20);
    Tiny.on(
        "simd",
        (_, workspace) -> {
          Decoder decoder = Llama2c.read(file, workspace);
          assertEquals(5, decoder.config().vocabularySize());
          assertHolds(decoder, "output.weight", TIED_FLOATS);
        });
  }

  private void assertRefused(Path file, String message) throws Exception {
    Tiny.on(
        "reference",
        (_, workspace) ->
            assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> Llama2c.read(file, workspace))
                    .getMessage()));
  }

  @Test
  void aLengthThatIsNotTheHeadersIsRefused() throws Exception {
    int whole = 28 + 4 * TIED_FLOATS;
    for (int length : new int[] {28, whole - 4, whole - 1, whole + 1, whole + 400}) {
      Path file = file(HEADER, TIED_FLOATS);
      Files.write(file, Arrays.copyOf(Files.readAllBytes(file), length));
      assertRefused(
          file,
          "%s is not a whole llama2.c checkpoint: its header says %d bytes but it has %d"
              .formatted(file, whole, length));
    }
  }

  @Test
  void aFileWithoutAHeaderIsRefused() throws Exception {
    Path file = Files.write(folder.resolve("model.bin"), new byte[27]);
    assertRefused(file, file + " is too short for a llama2.c checkpoint: 27 bytes");
  }

  @Test
  void aHeaderThatIsNoDecoderIsRefused() throws Exception {
    int[] noHeads = HEADER.clone();
    noHeads[3] = 0;
    Path file = file(noHeads, 10);
    assertRefused(
        file, file + " is not a llama2.c checkpoint of version 0: heads must be positive, got 0");
    int[] version1 = {0x616b3432, 1, 4, 3, 2, 2, 1};
    Path other = file(version1, 10);
    assertThrows(
        IllegalArgumentException.class,
        () -> Tiny.on("reference", (_, workspace) -> Llama2c.read(other, workspace)));
    int[] huge = {1 << 30, 1 << 30, 1 << 30, 1, 1, 1 << 30, 1 << 30};
    Path tooBig = file(huge, 10);
    assertThrows(
        IllegalArgumentException.class,
        () -> Tiny.on("reference", (_, workspace) -> Llama2c.read(tooBig, workspace)));
  }
}
