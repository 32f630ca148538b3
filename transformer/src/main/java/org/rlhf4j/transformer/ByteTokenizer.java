package org.rlhf4j.transformer;

import java.nio.charset.StandardCharsets;

/** Every UTF-8 byte is a token; 256 begins and 257 ends. Fits any text. */
public final class ByteTokenizer implements Tokenizer {
  @Override
  public int vocabularySize() {
    return 258;
  }

  @Override
  public int begin() {
    return 256;
  }

  @Override
  public int end() {
    return 257;
  }

  @Override
  public int[] encode(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[bytes.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = bytes[i] & 0xff;
    }
    return ids;
  }

  @Override
  public byte[] bytes(int previous, int token) {
    return token < 256 ? new byte[] {(byte) token} : new byte[0];
  }
}
