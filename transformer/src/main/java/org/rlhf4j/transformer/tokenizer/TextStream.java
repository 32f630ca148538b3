package org.rlhf4j.transformer.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Tokens in one by one, text out as soon as its characters are complete. */
public final class TextStream {
  private final Tokenizer tokenizer;
  private byte[] pending = {};
  private int previous;

  /**
   * @param previous the token before the first
   */
  public TextStream(Tokenizer tokenizer, int previous) {
    this.tokenizer = tokenizer;
    this.previous = previous;
  }

  /** {@return the characters that this token completes, possibly none} */
  public String append(int token) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(pending);
    bytes.writeBytes(tokenizer.bytes(previous, token));
    previous = token;
    byte[] all = bytes.toByteArray();
    int complete = complete(all);
    pending = Arrays.copyOfRange(all, complete, all.length);
    return new String(all, 0, complete, StandardCharsets.UTF_8);
  }

  /** {@return what is left of an incomplete character, as U+FFFD; the stream is then empty} */
  public String finish() {
    String rest = new String(pending, StandardCharsets.UTF_8);
    pending = new byte[0];
    return rest;
  }

  /** {@return how many bytes precede a character that is begun but not complete} */
  private static int complete(byte[] utf8) {
    for (int back = 1; back <= Math.min(3, utf8.length); back++) {
      int lead = utf8[utf8.length - back] & 0xff;
      if (lead >= 0xc0) {
        int length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        return length > back ? utf8.length - back : utf8.length;
      }
      if (lead < 0x80) {
        return utf8.length;
      }
    }
    return utf8.length;
  }
}
