package org.rlhf4j.transformer;

/** Text to token ids and back. */
public interface Tokenizer {
  int vocabularySize();

  /** {@return the token that begins a sequence} */
  int begin();

  /** {@return the token that ends an answer; sampling stops after it} */
  int end();

  /** {@return the ids of a text, without begin or end} */
  int[] encode(String text);

  /**
   * {@return the bytes a token adds to the text, UTF-8; none for control tokens}
   *
   * @param previous the token before, or {@link #begin} at the start of a text
   */
  byte[] bytes(int previous, int token);

  /** {@return the text of ids; bytes that are not UTF-8 become the replacement character} */
  default String decode(int[] ids) {
    var bytes = new java.io.ByteArrayOutputStream();
    int previous = begin();
    for (int id : ids) {
      bytes.writeBytes(bytes(previous, id));
      previous = id;
    }
    return bytes.toString(java.nio.charset.StandardCharsets.UTF_8);
  }
}
