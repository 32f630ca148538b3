package org.rlhf4j.transformer.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import org.rlhf4j.tensor.Check;

/** One token a byte of UTF-8, ids 0 to 255, and the special tokens after them. */
public final class ByteTokenizer implements Tokenizer {
  private static final int BYTES = 256;
  private static final List<String> SPECIAL =
      List.of("<|bos|>", "<|eos|>", "<|pad|>", "<|im_start|>", "<|im_end|>");

  @Override
  public int vocabularySize() {
    return BYTES + SPECIAL.size();
  }

  @Override
  public int begin() {
    return BYTES;
  }

  @Override
  public int end() {
    return BYTES + 1;
  }

  @Override
  public OptionalInt special(String name) {
    int index = SPECIAL.indexOf(name);
    return index < 0 ? OptionalInt.empty() : OptionalInt.of(BYTES + index);
  }

  @Override
  public int[] encode(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int[] tokens = new int[utf8.length];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = utf8[i] & 0xff;
    }
    return tokens;
  }

  @Override
  public int[] encodeContinuation(String text) {
    return encode(text);
  }

  @Override
  public byte[] bytes(int previous, int token) {
    Check.ids("token", new int[] {token}, vocabularySize(), false);
    return token < BYTES ? new byte[] {(byte) token} : new byte[0];
  }
}
