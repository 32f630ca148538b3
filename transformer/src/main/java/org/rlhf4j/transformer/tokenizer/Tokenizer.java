package org.rlhf4j.transformer.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/**
 * Text to tokens and back. Plain text does not become a special token (but see {@link
 * WordTokenizer}): whoever wants one asks for its id. Sequences begin with {@link #begin}, once;
 * encoding does not add it.
 */
public sealed interface Tokenizer permits ByteTokenizer, SentencePieceBpe, WordTokenizer {
  /** {@return how many ids there are; all are below this} */
  int vocabularySize();

  /** {@return the token before all text, BOS} */
  int begin();

  /** {@return the token after all text, EOS} */
  int end();

  /** {@return the id of a special token such as {@code <|im_start|>}, if the vocabulary has it} */
  OptionalInt special(String name);

  /** {@return the tokens of a text, without BOS and EOS} */
  int[] encode(String text);

  /**
   * {@return the tokens of a text that follows other tokens, so that the decoded parts join to the
   * joined text}
   */
  int[] encodeContinuation(String text);

  /**
   * {@return the UTF-8 bytes of one token; none for a special one}
   *
   * @param previous the token before it, {@link #begin} at the start of a text: some vocabularies
   *     begin a text with a space that is not in it
   */
  byte[] bytes(int previous, int token);

  /** {@return the text that these tokens begin; bytes that are not UTF-8 become U+FFFD} */
  default String decode(int... tokens) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    int previous = begin();
    for (int token : tokens) {
      text.writeBytes(bytes(previous, token));
      previous = token;
    }
    return text.toString(StandardCharsets.UTF_8);
  }
}
