package org.rlhf4j.transformer.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.transformer.SharedData;

class TokenizerFileTest {
  @TempDir Path folder;

  @Test
  void whatIsWrittenIsRead() throws IOException {
    SentencePieceBpe written = BpeTraining.train("the the été", 280, List.of("<|im_end|>"));
    Path file = folder.resolve("tokenizer.bin");
    TokenizerFile.write(written, file);
    assertEquals(written.pieces(), TokenizerFile.read(file).pieces());
    assertArrayEquals(new String[] {"tokenizer.bin"}, folder.toFile().list());
  }

  @Test
  void theRealFileIsWrittenAsItWas() throws IOException {
    Path real = SharedData.file("models/stories260K/tok512.bin");
    SentencePieceBpe tokenizer = TokenizerFile.read(real);
    assertEquals(512, tokenizer.vocabularySize());
    Path copy = folder.resolve("copy.bin");
    TokenizerFile.write(tokenizer, copy);
    assertEquals(-1, Files.mismatch(real, copy));
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    Path file = folder.resolve("tokenizer.bin");
    TokenizerFile.write(BpeTraining.train("", 259, List.of()), file);
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      String message =
          assertThrows(IllegalArgumentException.class, () -> TokenizerFile.read(file)).getMessage();
      assertTrue(message.startsWith(file.toString()), message);
    }
  }

  @Test
  void anotherFileIsRefused() throws IOException {
    Path file = folder.resolve("other.bin");
    ByteBuffer wrong = ByteBuffer.allocate(100).order(ByteOrder.LITTLE_ENDIAN).putInt(8);
    Files.write(file, wrong.putFloat(0).putInt(77).array());
    String message =
        assertThrows(IllegalArgumentException.class, () -> TokenizerFile.read(file)).getMessage();
    assertEquals(
        file + " is not a llama2.c tokenizer: piece 0 has a length of 77, the longest being 8",
        message);
  }
}
