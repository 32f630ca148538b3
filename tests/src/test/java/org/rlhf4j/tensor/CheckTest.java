package org.rlhf4j.tensor;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Every sentence of {@link Check}, word by word. */
class CheckTest {
  private static final double NAN = Double.NaN;

  /** What a check says, and a use of it that passes. */
  private record Sentence(String check, String message, Executable refused, Executable accepted) {}

  private static final List<Sentence> SENTENCES =
      List.of(
          new Sentence(
              "sameShape",
              "logprobs [8, 31] and mask [8, 32] must have the same shape",
              () -> Check.sameShape("logprobs", Shape.of(8, 31), "mask", Shape.of(8, 32)),
              () -> Check.sameShape("logprobs", Shape.of(8, 31), "mask", Shape.of(8, 31))),
          new Sentence(
              "shape",
              "bias has shape [3] but must have shape [4]",
              () -> Check.shape("bias", Shape.of(3), Shape.of(4)),
              () -> Check.shape("bias", Shape.of(4), Shape.of(4))),
          new Sentence(
              "rank",
              "weight [3] has rank 1 but must have rank 2",
              () -> Check.rank("weight", Shape.of(3), 2),
              () -> Check.rank("weight", Shape.of(3, 1), 2)),
          new Sentence(
              "minimumRank",
              "x [3] has rank 1 but must have at least rank 2",
              () -> Check.minimumRank("x", Shape.of(3), 2),
              () -> Check.minimumRank("x", Shape.of(3, 1, 1), 2)),
          new Sentence(
              "sameCount",
              "ids has 3 entries but rows has 4; they must be equal",
              () -> Check.sameCount("ids", 3, "rows", 4),
              () -> Check.sameCount("ids", 4, "rows", 4)),
          new Sentence(
              "ids",
              "ids[1] is 5 but must be in [0, 5)",
              () -> Check.ids("ids", new int[] {4, 5}, 5, true),
              () -> Check.ids("ids", new int[] {4, -1, 0}, 5, true)),
          new Sentence(
              "ids",
              "ids[2] is -1 but must be in [0, 5)",
              () -> Check.ids("ids", new int[] {4, 0, -1}, 5, false),
              () -> Check.ids("ids", new int[] {4, 0}, 5, false)),
          new Sentence(
              "positive",
              "beta must be positive, got 0.0",
              () -> Check.positive("beta", 0.0),
              () -> Check.positive("beta", 1e-300)),
          new Sentence(
              "positive",
              "beta must be positive, got NaN",
              () -> Check.positive("beta", NAN),
              () -> Check.positive("beta", 1.0)),
          new Sentence(
              "positive",
              "threads must be positive, got 0",
              () -> Check.positive("threads", 0),
              () -> Check.positive("threads", 1)),
          new Sentence(
              "notNegative",
              "weightDecay must be 0 or more, got -0.5",
              () -> Check.notNegative("weightDecay", -0.5),
              () -> Check.notNegative("weightDecay", 0.0)),
          new Sentence(
              "notNegative",
              "weightDecay must be 0 or more, got NaN",
              () -> Check.notNegative("weightDecay", NAN),
              () -> Check.notNegative("weightDecay", 1.0)),
          new Sentence(
              "notNegative",
              "offset must be 0 or more, got -1",
              () -> Check.notNegative("offset", -1),
              () -> Check.notNegative("offset", 0)),
          new Sentence(
              "range",
              "topP must be in [0.0, 1.0], got 1.5",
              () -> Check.range("topP", 1.5, 0, 1),
              () -> Check.range("topP", 1, 0, 1)),
          new Sentence(
              "range",
              "topP must be in [0.0, 1.0], got NaN",
              () -> Check.range("topP", NAN, 0, 1),
              () -> Check.range("topP", 0, 0, 1)));

  @Test
  void everyCheckHasASentence() {
    Set<String> checks =
        Arrays.stream(Check.class.getDeclaredMethods())
            .filter(method -> Modifier.isPublic(method.getModifiers()))
            .map(method -> method.getName())
            .collect(Collectors.toSet());
    Set<String> covered = new HashSet<>();
    SENTENCES.forEach(sentence -> covered.add(sentence.check()));
    assertEquals(checks, covered);
  }

  @Test
  void everyCheckSaysItsSentence() {
    for (Sentence sentence : SENTENCES) {
      assertEquals(
          sentence.message(),
          assertThrows(IllegalArgumentException.class, sentence.refused()).getMessage());
    }
  }

  @Test
  void everyCheckLetsGoodValuesPass() {
    for (Sentence sentence : SENTENCES) {
      assertDoesNotThrow(sentence.accepted(), sentence.message());
    }
  }
}
