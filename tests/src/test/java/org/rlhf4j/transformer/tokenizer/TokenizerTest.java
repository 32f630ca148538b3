package org.rlhf4j.transformer.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What every tokenizer owes, on any text. */
class TokenizerTest {
  private static final List<Tokenizer> ALL =
      List.of(
          new ByteTokenizer(),
          BpeTraining.train(
              "the cat sat on the mat. the cat, the mat! été été  two  spaces <|im_end|>",
              300,
              List.of("<|im_start|>", "<|im_end|>")),
          BpeTraining.train("", 259, List.of())); // nothing but bytes

  /**
   * Unicode without lone surrogates, which UTF-8 cannot say; seasoned with what the pieces know.
   */
  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> anything =
        Arbitraries.integers()
            .between(0, Character.MAX_CODE_POINT)
            .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
            .map(Character::toString);
    Arbitrary<String> known =
        Arbitraries.of(" ", "  ", "the", "cat", "\n", "é", "<|im_end|>", "<0x41>", "<s>", "\0");
    return Arbitraries.oneOf(known, anything).list().ofMaxSize(30).map(p -> String.join("", p));
  }

  @Property
  void textComesBack(@ForAll("texts") String text) {
    for (Tokenizer tokenizer : ALL) {
      int[] tokens = concat(new int[] {tokenizer.begin()}, tokenizer.encode(text));
      assertEquals(text, tokenizer.decode(tokens));
      assertEquals(text, tokenizer.decode(tokenizer.encode(text)));
    }
  }

  @Property
  void continuationsJoin(@ForAll("texts") String first, @ForAll("texts") String second) {
    for (Tokenizer tokenizer : ALL) {
      int[] begun = concat(new int[] {tokenizer.begin()}, tokenizer.encode("a" + first));
      int[] tokens = concat(begun, tokenizer.encodeContinuation(second));
      assertEquals("a" + first + second, tokenizer.decode(tokens));
    }
  }

  @Property
  void textNeverBecomesASpecialToken(@ForAll("texts") String text) {
    for (Tokenizer tokenizer : ALL) {
      for (int token : tokenizer.encode(text)) {
        assertTrue(token >= 0 && token < tokenizer.vocabularySize());
        assertTrue(token != tokenizer.begin() && token != tokenizer.end());
        assertTrue(tokenizer.bytes(token, token).length > 0, "a token of text has bytes");
      }
    }
  }

  @Property
  void aStreamSaysWhatTheWholeSays(@ForAll List<Byte> bytes) {
    // any bytes, not only UTF-8
    Tokenizer tokenizer = new ByteTokenizer();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    TextStream stream = new TextStream(tokenizer, tokenizer.begin());
    StringBuilder streamed = new StringBuilder();
    for (byte b : bytes) {
      all.write(b);
      streamed.append(stream.append(b & 0xff));
    }
    streamed.append(stream.finish());
    assertEquals(all.toString(StandardCharsets.UTF_8), streamed.toString());
  }

  @Example
  void aStreamHoldsACharacterBackUntilItIsComplete() {
    TextStream stream = new TextStream(new ByteTokenizer(), 256);
    assertEquals("", stream.append(0xf0));
    assertEquals("", stream.append(0x9f));
    assertEquals("", stream.append(0x99));
    assertEquals("🙂", stream.append(0x82));
    assertEquals("!", stream.append('!'));
    assertEquals("", stream.append(0xc3));
    assertEquals("\ufffd", stream.finish());
    assertEquals("", stream.finish());
  }

  @Example
  void bytesAreTheirOwnIds() {
    ByteTokenizer tokenizer = new ByteTokenizer();
    assertArrayEquals(new int[] {'h', 0xc3, 0xa9}, tokenizer.encode("hé"));
    assertEquals(256, tokenizer.begin());
    assertEquals(257, tokenizer.end());
    assertEquals(OptionalInt.of(259), tokenizer.special("<|im_start|>"));
    assertEquals(OptionalInt.empty(), tokenizer.special("<|nobody|>"));
    assertEquals("a", tokenizer.decode(256, 259, 'a', 257));
    assertThrows(IllegalArgumentException.class, () -> tokenizer.decode(261));
  }

  @Example
  void wordsComeBackWithTheirMarks() {
    String story = "Tom's dog ran. It was happy, very happy!\nThe end.";
    WordTokenizer tokenizer = WordTokenizer.of(List.of(story, "<|im_start|>"));
    assertEquals(story, tokenizer.decode(tokenizer.encode(story)));
    int start = tokenizer.encode("<|im_start|>")[0];
    assertEquals(OptionalInt.of(start), tokenizer.special("<|im_start|>"));
    assertEquals(OptionalInt.empty(), tokenizer.special("dog"));
    assertArrayEquals(new int[] {0}, tokenizer.encode("zebra")); // unknown
  }

  @Example
  void trainingJoinsTheMostFrequentPairFirst() {
    // pairs: "ab" 4 times (3 in "abab abc" + .. ), then "abab"; " " is a character of its own
    SentencePieceBpe tokenizer = BpeTraining.train("ab ab ab ac", 259 + 4 + 2, List.of());
    List<String> learned =
        tokenizer.pieces().subList(259, 265).stream().map(SentencePieceBpe.Piece::text).toList();
    // characters by frequency, then by code point; " a" occurs 4 times, " ab" 3 times
    assertEquals(List.of(" ", "a", "b", "c", " a", " ab"), learned);
    assertEquals(265, tokenizer.vocabularySize());
    assertArrayEquals(new int[] {264, 263, 262}, tokenizer.encode("ab ac"));
  }

  @Example
  void trainingEndsWhenNoPairOccursTwice() {
    SentencePieceBpe tokenizer = BpeTraining.train("abc", 1000, List.of());
    assertEquals(259 + 4, tokenizer.vocabularySize());
  }

  @Example
  void trainingHasItsSpecials() {
    SentencePieceBpe tokenizer = BpeTraining.train("x", 300, List.of("<|im_start|>"));
    assertEquals(OptionalInt.of(259), tokenizer.special("<|im_start|>"));
    assertEquals("", tokenizer.decode(1, 259));
    assertThrows(IllegalArgumentException.class, () -> BpeTraining.train("x", 258, List.of()));
  }

  private static int[] concat(int[] first, int[] second) {
    return IntStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
  }
}
