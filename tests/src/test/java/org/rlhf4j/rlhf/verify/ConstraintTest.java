package org.rlhf4j.rlhf.verify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.Character.UnicodeScript;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConstraintTest {
  private static final Problem ANY = new Problem("", "");

  private static void assertKept(Constraint constraint, String... texts) {
    for (String text : texts) {
      assertTrue(constraint.isKept(text), text);
    }
  }

  private static void assertBroken(Constraint constraint, String... texts) {
    for (String text : texts) {
      assertFalse(constraint.isKept(text), text);
    }
  }

  @Test
  void words() {
    assertKept(Constraint.contains("cat", 1), "A cat.", "CAT", "cat-like");
    assertBroken(Constraint.contains("cat", 1), "concatenate", "cats", "");
    assertKept(Constraint.contains("c++", 2), "C++ and c++.");
    assertBroken(Constraint.contains("cat", 2), "cat cats");
    assertKept(Constraint.lacks("dog", "cat"), "cats and dogs", "");
    assertBroken(Constraint.lacks("dog", "cat"), "My Cat", "dog");
    assertKept(Constraint.words(2, 3), "two words", " one, two\nthree ");
    assertBroken(Constraint.words(2, 3), "one", "", "a b c d");
  }

  @Test
  void sentences() {
    assertKept(Constraint.sentences(2, 2), "One. Two", "One! Two?", "Is it 3.5? Yes...  ");
    assertBroken(Constraint.sentences(2, 2), "One", "3.5", "A. B. C.", "");
    assertKept(Constraint.sentences(0, 0), "", " \n");
  }

  @Test
  void bulletPoints() {
    assertKept(Constraint.bulletPoints(2), "* a\n* b", "List:\n\n - a\n\n - b\nend - here");
    assertBroken(Constraint.bulletPoints(2), "* a", "*a\n*b", "- a\n- b\n- c", "- \n- ");
  }

  @Test
  void letterCase() {
    assertKept(Constraint.lowerCase(), "all small, 1 of 2", "straße");
    assertBroken(Constraint.lowerCase(), "One", "123", "");
    assertKept(Constraint.upperCase(), "ALL BIG, 1 OF 2");
    assertBroken(Constraint.upperCase(), "ALl", "123");
  }

  @Test
  void endsAndCommas() {
    assertKept(Constraint.startsWith("Dear"), "\n Dear Ann");
    assertBroken(Constraint.startsWith("Dear"), "My Dear", "dear");
    assertKept(Constraint.endsWith("Bye."), "So. Bye. \n");
    assertBroken(Constraint.endsWith("Bye."), "Bye. Ann");
    assertKept(Constraint.noCommas(), "none; here", "");
    assertBroken(Constraint.noCommas(), "one, two");
  }

  @Test
  void json() {
    assertKept(Constraint.json(), "{\"a\": [1, 2.5, null]}", " [] \n", "3", "\"text\"");
    assertBroken(
        Constraint.json(),
        "",
        "  ",
        "{a: 1}",
        "{\"a\": 1",
        "{} {}",
        "{} end",
        "[1,]",
        "text",
        "[".repeat(5_000));
  }

  @Test
  void severalTogether() {
    List<Constraint> three =
        List.of(Constraint.noCommas(), Constraint.lowerCase(), Constraint.words(1, 2));
    assertEquals(1, Constraint.share(three).score(ANY, "two words"), 0);
    assertEquals(2 / 3.0, Constraint.share(three).score(ANY, "a, b"), 1e-15);
    assertEquals(0, Constraint.share(three).score(ANY, "A, B and C"), 0);
    assertEquals(1, Constraint.all(three).reward().score(ANY, "two words"), 0);
    assertEquals(0, Constraint.all(three).reward().score(ANY, "a, b"), 0);
    assertThrows(IllegalArgumentException.class, () -> Constraint.all(List.of()));
  }

  @Test
  void languageConsistencyIsTheShareOfLetters() {
    LanguageConsistency latin = new LanguageConsistency(UnicodeScript.LATIN);
    assertEquals(1, latin.score(ANY, "Three plus 4 = 7."));
    assertEquals(0.75, latin.score(ANY, "abc да, ñéü"));
    assertEquals(0.5, latin.score(ANY, "ab 数学"));
    assertEquals(0, latin.score(ANY, "数学"));
    assertEquals(1, latin.score(ANY, "12 + 3"));
    assertEquals(0.5, latin.score(ANY, "a\uD840\uDC00"), "a letter of two chars counts once");
    LanguageConsistency katakana = new LanguageConsistency(UnicodeScript.KATAKANA);
    assertEquals(1, katakana.score(ANY, "ラーメン")); // the long-vowel mark is of no script
  }

  @Test
  void lengthWithinAGroup() {
    // shortest 10, longest 30
    assertArrayEquals(
        new double[] {0.5, 0, 0, -0.5, 0.25},
        LengthReward.withinGroup(
            new int[] {10, 10, 20, 30, 15}, new boolean[] {true, false, true, false, true}),
        1e-15);
    assertArrayEquals(
        new double[2], LengthReward.withinGroup(new int[] {7, 7}, new boolean[] {true, false}));
    assertThrows(
        IllegalArgumentException.class, () -> LengthReward.withinGroup(new int[0], new boolean[0]));
  }

  @Test
  void lengthTowardsATargetAndAlongACosine() {
    assertEquals(-0.03, LengthReward.towardsTarget(400, 500, 0.0003), 1e-15);
    assertEquals(-0.03, LengthReward.towardsTarget(600, 500, 0.0003), 1e-15);
    assertEquals(2, LengthReward.cosine(0, 12, 2, 1), 1e-15);
    assertEquals(1.75, LengthReward.cosine(4, 12, 2, 1), 1e-15); // cos(pi / 3) = 1/2
    assertEquals(-5, LengthReward.cosine(6, 12, -10, 0), 1e-14);
    assertEquals(0, LengthReward.cosine(12, 12, -10, 0), 1e-15);
    assertThrows(IllegalArgumentException.class, () -> LengthReward.cosine(13, 12, 2, 1));
    assertThrows(IllegalArgumentException.class, () -> LengthReward.towardsTarget(1, 1, -1));
  }
}
