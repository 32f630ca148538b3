package org.rlhf4j.rlhf.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class MoodRewardTest {
  @Test
  void differentHappyWordsLessDifferentSadWords() {
    assertEquals(0, MoodReward.score("Ben saw a stone.", true));
    assertEquals(1, MoodReward.score("Ben was happy and LAUGHED.", true));
    assertEquals(-0.5, MoodReward.score("Ben cried.", true));
    assertEquals(0.5, MoodReward.score("A kind friend cried.", true));
  }

  @Test
  void repetitionDoesNotPay() {
    assertEquals(0.5, MoodReward.score("happy ".repeat(50), true));
  }

  @Test
  void aStoryThatWasCutOffCostsOne() {
    assertEquals(-0.5, MoodReward.score("Ben was happy", false));
  }

  @Test
  void aWordInsideAnotherDoesNotCount() {
    assertEquals(0, MoodReward.score("unhappy goodness fundamental", true));
  }
}
