package org.rlhf4j.rlhf.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PassagesTest {
  @Test
  void sixWordsAskAndFourteenAnswer() {
    List<Example> passages =
        Passages.of("a b c d e f g h i j k l m n o p q r s t ".repeat(2) + "u");
    Example passage = new Example("a b c d e f", "g h i j k l m n o p q r s t");
    assertEquals(List.of(passage, passage), passages);
  }

  @Test
  void fewerWordsThanOnePassageAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Passages.of("too short"));
  }

  @Test
  void filesThatCannotServeAreRefusedByName(@TempDir Path folder) throws IOException {
    Path binary = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff, (byte) 0xfe});
    Path empty = Files.createFile(folder.resolve("empty"));
    for (Path file : List.of(binary, empty, folder.resolve("absent"))) {
      RuntimeException refused =
          assertThrows(RuntimeException.class, () -> Passages.read(file, 10));
      assertTrue(refused.getMessage().contains(file.toString()), refused.getMessage());
    }
  }
}
