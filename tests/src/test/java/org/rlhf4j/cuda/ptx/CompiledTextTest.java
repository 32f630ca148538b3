package org.rlhf4j.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** PTX in the manner of compilers: lines for debuggers, pointer attributes, hints to caches. */
class CompiledTextTest {
  private static final int ELEMENTS = 100;
  private final Emulator emulator = new Emulator();

  @Test
  void saxpyAsNvccWritesIt() throws IOException {
    long x = upload(1);
    long y = upload(10);
    launch(
        "as-nvcc-writes.ptx",
        new Argument.Whole(ELEMENTS),
        new Argument.Real(2),
        new Argument.Pointer(x),
        new Argument.Pointer(y));
    expect(y, 12);
  }

  @Test
  void addAsTritonWritesIt() throws IOException {
    long sum = emulator.memory().allocate(4L * ELEMENTS, "sum");
    launch(
        "as-triton-writes.ptx",
        new Argument.Pointer(upload(1)),
        new Argument.Pointer(upload(10)),
        new Argument.Pointer(sum),
        new Argument.Whole(ELEMENTS));
    expect(sum, 11);
  }

  private void launch(String file, Argument... arguments) throws IOException {
    try (InputStream in = CompiledTextTest.class.getResourceAsStream(file)) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      Entry entry = PtxModule.parse(file, text).entries().values().iterator().next();
      emulator.launch(entry, Dim.of(1), Dim.of(128), 0, List.of(arguments), Options.checked());
    }
  }

  /** Element i is i times the factor. */
  private long upload(float factor) {
    int[] words = new int[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++) {
      words[i] = Float.floatToRawIntBits(factor * i);
    }
    long address = emulator.memory().allocate(4L * ELEMENTS, "times " + factor);
    emulator.memory().upload(address, words, 0, ELEMENTS);
    return address;
  }

  private void expect(long address, float factor) {
    int[] words = new int[ELEMENTS];
    emulator.memory().download(address, words, 0, ELEMENTS);
    IntStream.range(0, ELEMENTS)
        .forEach(i -> assertEquals(factor * i, Float.intBitsToFloat(words[i]), "element " + i));
  }
}
