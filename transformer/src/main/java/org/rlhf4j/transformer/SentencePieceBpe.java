package org.rlhf4j.transformer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Byte-pair encoding by score, as SentencePiece does it for Llama, read from the tokenizer files of
 * llama2.c: the longest token's length, then per token a float score, a length and the bytes, all
 * little-endian. 0 is unknown, 1 begins, 2 ends, 3 to 258 are raw bytes.
 */
public final class SentencePieceBpe implements Tokenizer {
  private static final int FIRST_BYTE = 3;
  private static final Pattern RAW_BYTE = Pattern.compile("<0x([0-9A-F]{2})>");

  private final List<String> pieces;
  private final float[] scores;
  private final Map<String, Integer> ids = new HashMap<>();

  private SentencePieceBpe(List<String> pieces, float[] scores) {
    this.pieces = pieces;
    this.scores = scores;
    for (int i = 0; i < pieces.size(); i++) {
      ids.putIfAbsent(pieces.get(i), i);
    }
  }

  /**
   * Reads a tokenizer file.
   *
   * @throws IllegalArgumentException if the file is not whole
   * @throws UncheckedIOException if it cannot be read
   */
  public static SentencePieceBpe read(Path file) {
    ByteBuffer bytes;
    try {
      bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
    List<String> pieces = new ArrayList<>();
    List<Float> scores = new ArrayList<>();
    try {
      int longest = bytes.getInt();
      while (bytes.hasRemaining()) {
        scores.add(bytes.getFloat());
        int length = bytes.getInt();
        if (length < 0 || length > longest) {
          throw new IllegalArgumentException(
              "%s is not a llama2.c tokenizer: token %d has length %d, the longest is %d"
                  .formatted(file, pieces.size(), length, longest));
        }
        byte[] piece = new byte[length];
        bytes.get(piece);
        pieces.add(new String(piece, StandardCharsets.UTF_8));
      }
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException(
          file + " is not a llama2.c tokenizer: it ends within token " + pieces.size(), e);
    }
    if (pieces.size() < FIRST_BYTE + 256) {
      throw new IllegalArgumentException(
          "%s is not a llama2.c tokenizer: it has %d tokens, fewer than all bytes"
              .formatted(file, pieces.size()));
    }
    float[] scoreArray = new float[scores.size()];
    for (int i = 0; i < scoreArray.length; i++) {
      scoreArray[i] = scores.get(i);
    }
    return new SentencePieceBpe(pieces, scoreArray);
  }

  @Override
  public int vocabularySize() {
    return pieces.size();
  }

  @Override
  public int begin() {
    return 1;
  }

  @Override
  public int end() {
    return 2;
  }

  /** Begins with a space unless the text is empty, as SentencePiece does. */
  @Override
  public int[] encode(String text) {
    if (text.isEmpty()) {
      return new int[0];
    }
    List<Integer> tokens = new ArrayList<>();
    (" " + text).codePoints().forEach(point -> addCharacter(Character.toString(point), tokens));
    while (mergeBest(tokens)) {}
    return tokens.stream().mapToInt(Integer::intValue).toArray();
  }

  private void addCharacter(String character, List<Integer> tokens) {
    Integer id = ids.get(character);
    if (id != null) {
      tokens.add(id);
      return;
    }
    for (byte b : character.getBytes(StandardCharsets.UTF_8)) {
      tokens.add(FIRST_BYTE + (b & 0xff));
    }
  }

  /** Joins the leftmost of the neighbouring pairs whose joint piece has the best score. */
  private boolean mergeBest(List<Integer> tokens) {
    int best = -1;
    int bestId = -1;
    for (int i = 0; i + 1 < tokens.size(); i++) {
      Integer id = ids.get(pieces.get(tokens.get(i)) + pieces.get(tokens.get(i + 1)));
      if (id != null && (best < 0 || scores[id] > scores[bestId])) {
        best = i;
        bestId = id;
      }
    }
    if (best < 0) {
      return false;
    }
    tokens.set(best, bestId);
    tokens.subList(best + 1, best + 2).clear();
    return true;
  }

  @Override
  public byte[] bytes(int previous, int token) {
    if (token == begin() || token == end()) {
      return new byte[0];
    }
    String piece = pieces.get(token);
    Matcher raw = RAW_BYTE.matcher(piece);
    if (raw.matches()) {
      return new byte[] {(byte) Integer.parseInt(raw.group(1), 16)};
    }
    boolean first = previous == begin() && piece.startsWith(" ");
    return (first ? piece.substring(1) : piece).getBytes(StandardCharsets.UTF_8);
  }
}
