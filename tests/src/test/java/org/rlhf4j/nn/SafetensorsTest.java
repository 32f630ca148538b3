package org.rlhf4j.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;

class SafetensorsTest {
  private static final String GOOD =
      """
      {"__metadata__":{"who":"me"},\
      "a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},\
      "b":{"dtype":"F32","shape":[],"data_offsets":[24,28]}}\
      """;

  private Path folder = Path.of("");

  @BeforeProperty
  void makeFolder() throws IOException {
    folder = Files.createTempDirectory("safetensors");
  }

  @AfterProperty
  void removeFolder() throws IOException {
    for (String name : List.of("file", "file.part", "other")) {
      Files.deleteIfExists(folder.resolve(name));
    }
    Files.delete(folder);
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("file"), bytes);
  }

  private static byte[] file(String header, int data) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + text.length + data)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .array();
  }

  private void assertRefused(byte[] bytes, String reason) throws IOException {
    Path file = write(bytes);
    String message =
        assertThrows(IllegalArgumentException.class, () -> Safetensors.open(file)).getMessage();
    assertTrue(message.startsWith(file.toString()), message);
    assertTrue(message.contains(reason), message);
    assertEquals(1, message.lines().count(), message);
  }

  @Provide
  Arbitrary<double[]> values() {
    return Arbitraries.floats().array(float[].class).ofMaxSize(20).map(SafetensorsTest::widened);
  }

  private static double[] widened(float[] floats) {
    double[] doubles = new double[floats.length];
    Arrays.setAll(doubles, i -> floats[i]);
    return doubles;
  }

  @Property(tries = 200)
  void everyBitOfSinglePrecisionComesBack(
      @ForAll("values") double[] first, @ForAll("values") double[] second, @ForAll String text)
      throws Exception {
    On.backend(
        "simd",
        workspace -> {
          Map<String, Tensor> tensors = new LinkedHashMap<>();
          tensors.put("z", workspace.of(Shape.of(first.length), first));
          tensors.put("a \"b\" é", workspace.of(Shape.of(1, second.length, 1), second));
          Path file = folder.resolve("file");
          Safetensors.write(file, tensors, Map.of("text", text));
          Safetensors read = Safetensors.open(file);
          assertEquals(Map.of("text", text), read.metadata());
          assertEquals(List.copyOf(tensors.keySet()), List.copyOf(read.entries().keySet()));
          assertArrayEquals(first, read.read("z"), 0);
          assertArrayEquals(second, read.read("a \"b\" é", Shape.of(1, second.length, 1)), 0);
          read.entries().values().forEach(entry -> assertEquals("F32", entry.type()));
          assertEquals(0, read.dataStart() % 8);
        });
  }

  @Example
  void doublePrecisionIsKeptWhereItMatters() throws Exception {
    On.reference(workspace -> {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("third", workspace.of(Shape.of(2), 1.0 / 3, Double.NaN));
      tensors.put("half", workspace.of(Shape.of(1), 0.5));
      Path file = folder.resolve("file");
      Safetensors.write(file, tensors, Map.of());
      Safetensors read = Safetensors.open(file);
      assertArrayEquals(new double[] {1.0 / 3, Double.NaN}, read.read("third"), 0);
      assertArrayEquals(new double[] {0.5}, read.read("half"), 0);
      assertEquals(
          List.of("F64", "F32"),
          read.entries().values().stream().map(Safetensors.Entry::type).toList());
    });
  }

  @Example
  void halfPrecisionsAreRead() throws IOException {
    byte[] bytes =
        file(
            """
            {"h":{"dtype":"F16","shape":[3],"data_offsets":[0,6]},\
            "b":{"dtype":"BF16","shape":[3],"data_offsets":[6,12]}}\
            """,
            12);
    ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    data.position(bytes.length - 12);
    // IEEE half: 1 and -2 and the smallest subnormal; bfloat16: 1, -2, and 3.140625
    data.putShort((short) 0x3c00).putShort((short) 0xc000).putShort((short) 1);
    data.putShort((short) 0x3f80).putShort((short) 0xc000).putShort((short) 0x4049);
    Safetensors read = Safetensors.open(write(bytes));
    assertArrayEquals(new double[] {1, -2, Math.pow(2, -24)}, read.read("h"), 0);
    assertArrayEquals(new double[] {1, -2, 3.140625}, read.read("b"), 0);
  }

  @Example
  void aTensorThatIsNotThereOrNotOfThatShapeIsRefused() throws IOException {
    Safetensors read = Safetensors.open(write(file(GOOD, 28)));
    assertEquals(Map.of("who", "me"), read.metadata());
    assertEquals(
        read.file() + " has no tensor c",
        assertThrows(IllegalArgumentException.class, () -> read.read("c")).getMessage());
    assertEquals(
        read.file() + ": tensor a has shape [2, 3] but must have shape [3, 2]",
        assertThrows(IllegalArgumentException.class, () -> read.read("a", Shape.of(3, 2)))
            .getMessage());
  }

  @Example
  void integersAreListedButNotRead() throws IOException {
    String header = "{\"i\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]}}";
    Safetensors read = Safetensors.open(write(file(header, 8)));
    String message =
        assertThrows(IllegalArgumentException.class, () -> read.read("i")).getMessage();
    assertTrue(message.contains("type I64 cannot be read"), message);
  }

  @Example
  void aFileWithoutTensorsIsOne() throws IOException {
    assertEquals(Map.of(), Safetensors.open(write(file("{}", 0))).entries());
  }

  @Example
  void headersThatDoNotFit() throws IOException {
    assertRefused(new byte[7], "7 bytes are too few");
    assertRefused(length(-1, 100), "a header of -1 bytes does not fit a file of 108");
    assertRefused(length(101, 100), "a header of 101 bytes does not fit a file of 108");
    assertRefused(length(1, 100), "a header of 1 bytes");
    assertRefused(length(Long.MAX_VALUE, 100), "does not fit");
  }

  private static byte[] length(long length, int rest) {
    return ByteBuffer.allocate(8 + rest).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
  }

  @Example
  void headersThatSayNonsense() throws IOException {
    assertRefused(file("[1, 2]", 0), "not a JSON object");
    assertRefused(file("{\"a\": ", 0), "not JSON");
    assertRefused(file("\u00ff\u00fe{}", 0), "not JSON");
    assertRefused(file("{\"a\":1,\"a\":2}", 0), "not JSON");
    assertRefused(file("{\"__metadata__\":{\"n\":1}}", 0), "metadata n must be a string");
    assertRefused(file(GOOD.replace("F32", "F31"), 28), "tensor a has the unknown dtype \"F31\"");
    assertRefused(file(GOOD.replace("\"F32\"", "32"), 28), "unknown dtype 32");
    assertRefused(
        file(GOOD.replace("[2,3]", "[2,4]"), 28),
        "tensor a of type F32 and shape [2, 4] needs 32 bytes but has 24");
    assertRefused(file(GOOD.replace("[2,3]", "[-2,-3]"), 28), "shape must be an array of integers");
    assertRefused(file(GOOD.replace("[2,3]", "[2.5,3]"), 28), "shape must be an array of integers");
    assertRefused(file(GOOD.replace("[2,3]", "6"), 28), "shape must be an array of integers");
    assertRefused(file(GOOD.replace("[2,3]", "[2,9999999999]"), 28), "too many elements");
    assertRefused(file(GOOD.replace("[2,3]", "[2000000000,2000000000]"), 28), "too many elements");
    assertRefused(file(GOOD.replace("[0,24]", "[0,24,0]"), 28), "needs data_offsets [begin, end]");
    assertRefused(file(GOOD.replace("[0,24]", "[24,0]"), 28), "needs data_offsets [begin, end]");
    assertRefused(file(GOOD.replace("data_offsets", "offsets"), 28), "data_offsets must be");
  }

  @Example
  void dataThatOverlapsLeavesHolesOrDoesNotEndWithTheFile() throws IOException {
    assertRefused(
        file(GOOD.replace("[24,28]", "[20,24]"), 28),
        "tensor b begins at byte 20 of the data, but the tensor before it ends at 24");
    assertRefused(file(GOOD.replace("[24,28]", "[28,32]"), 32), "tensor b begins at byte 28");
    assertRefused(file(GOOD.replace("[0,24]", "[4,28]"), 28), "tensor a begins at byte 4");
    assertRefused(file(GOOD, 27), "the tensors fill 28 bytes of data but there are 27");
    assertRefused(file(GOOD, 29), "the tensors fill 28 bytes of data but there are 29");
  }

  /** A change of one byte, or a cut, of a good file: read as it is, or refused in one sentence. */
  @Property(tries = 1000)
  void aDamagedFileIsReadOrRefusedNeverMore(@ForAll("damaged") byte[] bytes) throws IOException {
    Path file = write(bytes);
    try {
      Safetensors read = Safetensors.open(file);
      for (String name : read.entries().keySet()) {
        try {
          assertEquals(read.entries().get(name).shape().size(), read.read(name).length);
        } catch (IllegalArgumentException e) {
          assertTrue(e.getMessage().contains("cannot be read"), e.getMessage());
        }
      }
    } catch (IllegalArgumentException e) {
      assertTrue(
          e.getMessage().startsWith(file + " is not a safetensors file: ")
              || e.getMessage().startsWith(file + ": tensor"),
          e.getMessage());
    }
  }

  @Provide
  Arbitrary<byte[]> damaged() {
    byte[] good = file(GOOD, 28);
    Arbitrary<Integer> place = Arbitraries.integers().between(0, good.length - 1);
    Arbitrary<byte[]> changed =
        Combinators.combine(place, Arbitraries.bytes())
            .as((at, value) -> {
              byte[] bytes = good.clone();
              bytes[at] = value;
              return bytes;
            });
    return Arbitraries.oneOf(changed, place.map(length -> Arrays.copyOf(good, length)));
  }

  @Property(tries = 300)
  void noiseIsRefused(@ForAll @IntRange(min = 0, max = 300) int length, @ForAll long seed)
      throws IOException {
    byte[] noise = new byte[length];
    new Random(seed).nextBytes(noise);
    Path file = write(noise);
    assertThrows(IllegalArgumentException.class, () -> Safetensors.open(file));
  }

  @Example
  void aFailureOnTheWayLeavesWhatWasThere() throws IOException {
    Path file = folder.resolve("file");
    Files.writeString(file, "before");
    assertThrows(
        UncheckedIOException.class,
        () ->
            WholeFile.write(
                file,
                channel -> {
                  WholeFile.write(channel, ByteBuffer.wrap(new byte[3]));
                  throw new IOException("disk full");
                }));
    assertEquals("before", Files.readString(file));
    try (var names = Files.list(folder)) {
      assertEquals(List.of(file), names.toList());
    }
  }
}
