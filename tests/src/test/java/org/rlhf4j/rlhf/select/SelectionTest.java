package org.rlhf4j.rlhf.select;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;
import org.rlhf4j.rlhf.select.RejectionSampling.Choice;

class SelectionTest {
  /** The book's example, 5 prompts with 4 completions each. */
  private static final double[][] REWARDS = {
    {0.7, 0.3, 0.5, 0.2},
    {0.4, 0.8, 0.6, 0.5},
    {0.9, 0.3, 0.4, 0.7},
    {0.2, 0.5, 0.8, 0.6},
    {0.5, 0.4, 0.3, 0.6}
  };

  @Test
  @Proves(
      value = {"selection_function", "rewards_vector"},
      by = Proof.CLOSED_FORM)
  void theBooksExample() {
    // S(R) = [1, 2, 1, 3, 4], counted from 1
    assertEquals(
        List.of(
            new Choice(0, 0),
            new Choice(1, 1),
            new Choice(2, 0),
            new Choice(3, 2),
            new Choice(4, 3)),
        RejectionSampling.topPerPrompt(REWARDS));
    assertEquals(1, RejectionSampling.best(REWARDS[1]));
    assertEquals(0, RejectionSampling.best(2, 2));
  }

  @Test
  void theBooksTopFive() {
    // the book prints flat indices [8, 5, 14, 0, 19]; index 19 has reward .6 and belongs to prompt
    // 5,
    // the fifth best is index 11 (.7, prompt 3)
    assertEquals(
        List.of(
            new Choice(2, 0),
            new Choice(1, 1),
            new Choice(3, 2),
            new Choice(0, 0),
            new Choice(2, 3)),
        RejectionSampling.topOverall(REWARDS, 5));
    assertEquals(20, RejectionSampling.topOverall(REWARDS, 20).size());
    assertEquals(List.of(), RejectionSampling.topOverall(REWARDS, 0));
  }

  @Test
  void randomControlsAreUniformAndWithoutRepetition() {
    SplittableRandom random = new SplittableRandom(7);
    Map<Choice, Integer> overall = new HashMap<>();
    Map<Choice, Integer> perPrompt = new HashMap<>();
    for (int round = 0; round < 4_000; round++) {
      List<Choice> drawn = RejectionSampling.randomOverall(REWARDS, 5, random);
      assertEquals(5, new HashSet<>(drawn).size());
      drawn.forEach(choice -> overall.merge(choice, 1, Integer::sum));
      List<Choice> ofEach = RejectionSampling.randomPerPrompt(REWARDS, random);
      for (int i = 0; i < 5; i++) {
        assertEquals(i, ofEach.get(i).prompt());
        perPrompt.merge(ofEach.get(i), 1, Integer::sum);
      }
    }
    // each of 20 completions is expected 1000 times; 4 standard deviations are 110
    assertEquals(20, overall.size());
    assertEquals(20, perPrompt.size());
    overall.values().forEach(count -> assertEquals(1000, count, 110));
    perPrompt.values().forEach(count -> assertEquals(1000, count, 110));
    assertEquals(20, new HashSet<>(RejectionSampling.randomOverall(REWARDS, 20, random)).size());
  }

  @Test
  void nonsenseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> RejectionSampling.best());
    assertThrows(IllegalArgumentException.class, () -> RejectionSampling.best(1, Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> RejectionSampling.topOverall(REWARDS, 21));
    assertThrows(IllegalArgumentException.class, () -> RejectionSampling.topOverall(REWARDS, -1));
    assertThrows(
        IllegalArgumentException.class,
        () -> RejectionSampling.topOverall(new double[][] {{1, Double.NaN}}, 1));
    assertTrue(RejectionSampling.topPerPrompt(new double[0][]).isEmpty());
  }
}
