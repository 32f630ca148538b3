package org.rlhf4j.cuda.driver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CubinCacheTest {
  private static final byte[] CODE = {1, 2, 3, 4, 5};

  @TempDir private Path folder = Path.of("");
  private int compiled;

  private byte[] get(String source) {
    return new CubinCache(folder)
        .get(
            source,
            () -> {
              compiled++;
              return CODE.clone();
            });
  }

  private List<Path> entries() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  @Test
  void equalSourcesAreCompiledOnce() throws IOException {
    assertArrayEquals(CODE, get("text\nsm_90"));
    assertArrayEquals(CODE, get("text\nsm_90"));
    assertEquals(1, compiled);
    assertArrayEquals(CODE, get("text\nsm_80"));
    assertEquals(2, compiled);
    assertEquals(2, entries().size(), "nothing but the entries: " + entries());
  }

  @Test
  void aDamagedEntryIsCompiledAgainAndMended() throws IOException {
    get("text");
    Path entry = entries().getFirst();
    byte[] whole = Files.readAllBytes(entry);
    byte[] flipped = whole.clone();
    flipped[flipped.length - 1] ^= 1;
    byte[] cut = java.util.Arrays.copyOf(whole, whole.length - 1);
    List<byte[]> damaged = List.of(flipped, cut, new byte[0], new byte[32]);
    for (int i = 0; i < damaged.size(); i++) {
      Files.write(entry, damaged.get(i));
      assertArrayEquals(CODE, get("text"));
      assertEquals(i + 2, compiled);
      assertArrayEquals(whole, Files.readAllBytes(entry));
    }
    assertArrayEquals(CODE, get("text"));
    assertEquals(damaged.size() + 1, compiled);
  }
}
