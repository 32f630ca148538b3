package org.rlhf4j.transformer.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.rlhf4j.tensor.Check;

/**
 * Byte-pair encoding of the SentencePiece family (arXiv 1808.06226), as llama2.c uses it. A text
 * begins with a space that is not in it; each character is a piece of the vocabulary or, failing
 * that, its bytes; then the adjacent pair whose joined piece has the best score is joined, the
 * leftmost of equals, until no pair is in the vocabulary.
 *
 * <p>Ids: 0 unknown, 1 BOS, 2 EOS, 3 to 258 the bytes, then pieces. A piece that reads {@code
 * <|name|>} is special: no text becomes it.
 */
public final class SentencePieceBpe implements Tokenizer {
  private static final int BOS = 1;
  private static final int EOS = 2;
  private static final int FIRST_BYTE = 3;
  static final int FIRST_PIECE = FIRST_BYTE + 256;

  /**
   * An entry of the vocabulary.
   *
   * @param score what decides between two possible joins; the greater comes first
   * @param text as stored; the bytes of ids 3 to 258 are written {@code <0x00>} to {@code <0xFF>}
   */
  public record Piece(float score, String text) {}

  private final List<Piece> pieces;
  private final Map<String, Integer> idOfText = new HashMap<>();
  private final Map<String, Integer> idOfSpecial = new HashMap<>();

  /**
   * @throws IllegalArgumentException if the byte pieces are not where they must be
   */
  public SentencePieceBpe(List<Piece> pieces) {
    this.pieces = List.copyOf(pieces);
    for (int id = FIRST_BYTE; id < FIRST_PIECE; id++) {
      String expected = byteText(id - FIRST_BYTE);
      String actual = id < pieces.size() ? pieces.get(id).text() : "missing";
      if (!actual.equals(expected)) {
        throw new IllegalArgumentException(
            "piece %d of the vocabulary must be %s but is %s".formatted(id, expected, actual));
      }
    }
    for (int id = FIRST_PIECE; id < pieces.size(); id++) {
      String text = pieces.get(id).text();
      (isSpecial(text) ? idOfSpecial : idOfText).putIfAbsent(text, id);
    }
  }

  static String byteText(int value) {
    return "<0x%02X>".formatted(value);
  }

  private static boolean isSpecial(String text) {
    return text.startsWith("<|") && text.endsWith("|>");
  }

  /** {@return the vocabulary in the order of ids} */
  public List<Piece> pieces() {
    return pieces;
  }

  @Override
  public int vocabularySize() {
    return pieces.size();
  }

  @Override
  public int begin() {
    return BOS;
  }

  @Override
  public int end() {
    return EOS;
  }

  @Override
  public OptionalInt special(String name) {
    Integer id = idOfSpecial.get(name);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  @Override
  public int[] encode(String text) {
    return text.isEmpty() ? new int[0] : encodeContinuation(" " + text);
  }

  @Override
  public int[] encodeContinuation(String text) {
    return new PairMerging(characters(text), this::join).merged();
  }

  private int[] characters(String text) {
    List<Integer> ids = new ArrayList<>();
    text.codePoints()
        .mapToObj(Character::toString)
        .forEach(character -> {
          Integer id = idOfText.get(character);
          if (id != null) {
            ids.add(id);
            return;
          }
          for (byte b : character.getBytes(StandardCharsets.UTF_8)) {
            ids.add(FIRST_BYTE + (b & 0xff));
          }
        });
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  /** {@return the piece that two pieces join to and its score, if there is one} */
  private PairMerging.Join join(int left, int right) {
    if (left < FIRST_PIECE || right < FIRST_PIECE) {
      return PairMerging.Join.NONE;
    }
    Integer id = idOfText.get(pieces.get(left).text() + pieces.get(right).text());
    return id == null ? PairMerging.Join.NONE : new PairMerging.Join(id, pieces.get(id).score());
  }

  @Override
  public byte[] bytes(int previous, int token) {
    Check.ids("token", new int[] {token}, vocabularySize(), false);
    String text = pieces.get(token).text();
    if (token < FIRST_BYTE || isSpecial(text)) {
      return new byte[0];
    }
    byte[] utf8 =
        token < FIRST_PIECE
            ? new byte[] {(byte) (token - FIRST_BYTE)}
            : text.getBytes(StandardCharsets.UTF_8);
    boolean addedSpace = previous == BOS && utf8.length > 0 && utf8[0] == ' ';
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(utf8, addedSpace ? 1 : 0, utf8.length - (addedSpace ? 1 : 0));
    return bytes.toByteArray();
  }
}
