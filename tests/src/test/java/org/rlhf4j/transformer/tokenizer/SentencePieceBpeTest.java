package org.rlhf4j.transformer.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.tokenizer.SentencePieceBpe.Piece;

class SentencePieceBpeTest {
  /** Ids of the pieces: 259, 260, .. in their order. */
  private static SentencePieceBpe of(Piece... learned) {
    List<Piece> pieces = new ArrayList<>();
    pieces.add(new Piece(0, "<unk>"));
    pieces.add(new Piece(0, "\n<s>\n"));
    pieces.add(new Piece(0, "\n</s>\n"));
    for (int value = 0; value < 256; value++) {
      pieces.add(new Piece(0, "<0x%02X>".formatted(value)));
    }
    pieces.addAll(List.of(learned));
    return new SentencePieceBpe(pieces);
  }

  private static Piece piece(String text, double score) {
    return new Piece((float) score, text);
  }

  @Test
  void theBestScoreIsJoinedFirst() {
    Piece[] letters = {piece("a", 0), piece("b", 0), piece("c", 0)};
    SentencePieceBpe left =
        of(letters[0], letters[1], letters[2], piece("ab", -1), piece("bc", -2));
    assertArrayEquals(new int[] {262, 261}, left.encodeContinuation("abc"));
    SentencePieceBpe right =
        of(letters[0], letters[1], letters[2], piece("ab", -2), piece("bc", -1));
    assertArrayEquals(new int[] {259, 263}, right.encodeContinuation("abc"));
  }

  @Test
  void ofEqualScoresTheLeftmostIsJoined() {
    SentencePieceBpe tokenizer = of(piece("a", 0), piece("aa", -1));
    assertArrayEquals(new int[] {260, 259}, tokenizer.encodeContinuation("aaa"));
    assertArrayEquals(new int[] {260, 260, 259}, tokenizer.encodeContinuation("aaaaa"));
  }

  @Test
  void aTextBeginsWithASpaceAndAContinuationDoesNot() {
    SentencePieceBpe tokenizer = of(piece(" ", 0), piece("a", 0), piece(" a", -1));
    assertArrayEquals(new int[] {261}, tokenizer.encode("a"));
    assertArrayEquals(new int[] {259, 261}, tokenizer.encode(" a"));
    assertArrayEquals(new int[] {260}, tokenizer.encodeContinuation("a"));
    assertArrayEquals(new int[0], tokenizer.encode(""));
    assertEquals("a", tokenizer.decode(1, 261));
    assertEquals(" a", tokenizer.decode(1, 259, 261));
    assertEquals("a a", tokenizer.decode(261, 261));
  }

  @Test
  void whatIsNoPieceFallsBackToItsBytes() {
    SentencePieceBpe tokenizer = of(piece("a", 0), piece(" ", 0));
    assertArrayEquals(
        new int[] {259, 3 + 0xe6, 3 + 0x97, 3 + 0xa5, 259}, tokenizer.encodeContinuation("a日a"));
    assertEquals("日", tokenizer.decode(3 + 0xe6, 3 + 0x97, 3 + 0xa5));
    assertEquals("\ufffd", tokenizer.decode(3 + 0xe6));
  }

  @Test
  void textThatReadsLikeAByteOrAnEndIsText() {
    SentencePieceBpe tokenizer = of(piece("<", 0), piece("s", 0), piece(">", 0));
    assertArrayEquals(new int[] {259, 260, 261}, tokenizer.encodeContinuation("<s>"));
  }

  /** The queue against the definition: look for the best pair, join it, look again. */
  @Test
  void equalsTheSlowSearchForTheBestPair() {
    SentencePieceBpe tokenizer =
        of(
            piece("a", 0),
            piece("b", 0),
            piece("ab", -3),
            piece("ba", -1),
            piece("aa", -3),
            piece("aba", -2),
            piece("baab", -1.5),
            piece("abab", -0.5));
    RandomGenerator random = new RandomKey(3).generator();
    for (int repeat = 0; repeat < 500; repeat++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(40); length > 0; length--) {
        text.append(random.nextBoolean() ? 'a' : 'b');
      }
      assertEquals(
          slowly(tokenizer.pieces(), text.toString()),
          Arrays.stream(tokenizer.encodeContinuation(text.toString()))
              .mapToObj(id -> tokenizer.pieces().get(id).text())
              .toList());
    }
  }

  private static List<String> slowly(List<Piece> pieces, String text) {
    Map<String, Float> scores = new HashMap<>();
    pieces.subList(259, pieces.size()).forEach(p -> scores.put(p.text(), p.score()));
    List<String> symbols = new ArrayList<>(text.chars().mapToObj(Character::toString).toList());
    while (true) {
      int best = -1;
      for (int i : IntStream.range(0, symbols.size() - 1).toArray()) {
        Float score = scores.get(symbols.get(i) + symbols.get(i + 1));
        if (score != null
            && (best < 0 || score > scores.get(symbols.get(best) + symbols.get(best + 1)))) {
          best = i;
        }
      }
      if (best < 0) {
        return symbols;
      }
      symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
    }
  }
}
