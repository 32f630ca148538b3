package org.rlhf4j.rlhf.reward;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class RewardShapingTest {
  private static final boolean[] FINISHED = {true, false, true};

  @Test
  void clipping() {
    assertArrayEquals(
        new double[] {-10, 3, 10}, RewardShaping.clipped(new double[] {-11, 3, 1e9}, 10));
    assertThrows(IllegalArgumentException.class, () -> RewardShaping.clipped(new double[1], 0));
  }

  @Test
  void normalizationOfReferenceScores() {
    // mean 5, population deviation 2
    RewardShaping.Affine affine = RewardShaping.normalization(2, 4, 4, 4, 5, 5, 7, 9);
    assertEquals(0.5, affine.gain(), 1e-15);
    assertEquals(-2.5, affine.bias(), 1e-15);
    assertEquals(2, affine.apply(9), 1e-15);
    assertThrows(IllegalArgumentException.class, () -> RewardShaping.normalization(3, 3));
  }

  @Test
  void unfinishedAnswers() {
    double[] scores = {1, 2, 3};
    assertArrayEquals(
        new double[] {1, 1.5, 3}, RewardShaping.penalizeUnfinished(scores, FINISHED, 0.5));
    assertArrayEquals(
        new double[] {1, -1, 3}, RewardShaping.replaceUnfinished(scores, FINISHED, -1));
    assertArrayEquals(new double[] {1, 2, 3}, scores);
    boolean[][] mask = {{true, false}, {true, true}, {true, true}};
    boolean[][] masked = RewardShaping.maskUnfinished(mask, FINISHED);
    assertArrayEquals(new boolean[] {true, false}, masked[0]);
    assertArrayEquals(new boolean[] {false, false}, masked[1]);
    assertArrayEquals(new boolean[] {true, true}, masked[2]);
    masked[0][0] = false;
    assertEquals(true, mask[0][0]);
  }

  @Test
  void overlongPenaltyOfDapo() {
    // the paper's numbers: 20480 in all, a buffer of 4096
    assertEquals(0, RewardShaping.overlong(100, 20480, 4096));
    assertEquals(0, RewardShaping.overlong(16384, 20480, 4096));
    assertEquals(-0.5, RewardShaping.overlong(18432, 20480, 4096));
    assertEquals(-1, RewardShaping.overlong(20480, 20480, 4096));
    assertEquals(-1, RewardShaping.overlong(30000, 20480, 4096));
    assertEquals(-0.25, RewardShaping.overlong(1, 4, 4));
    assertEquals(0, RewardShaping.overlong(3, 4, 1));
  }

  @Test
  void nonsenseIsRefused() {
    double[] two = new double[2];
    assertThrows(IllegalArgumentException.class, () -> RewardShaping.overlong(1, 4, 0));
    assertThrows(IllegalArgumentException.class, () -> RewardShaping.overlong(1, 4, 5));
    assertThrows(
        IllegalArgumentException.class, () -> RewardShaping.penalizeUnfinished(two, FINISHED, 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> RewardShaping.penalizeUnfinished(new double[3], FINISHED, -1));
    assertThrows(
        IllegalArgumentException.class, () -> RewardShaping.replaceUnfinished(two, FINISHED, 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> RewardShaping.maskUnfinished(new boolean[2][2], FINISHED));
    assertEquals(1, RewardShaping.penalizeUnfinished(new double[] {1}, new boolean[1], 0)[0]);
  }

  @Test
  void ensembles() {
    double[] scores = {1, 2, 6};
    assertEquals(3, new RewardEnsemble.Mean().combine(scores));
    assertEquals(1, new RewardEnsemble.Minimum().combine(scores));
    assertEquals(1, new RewardEnsemble.Minimum().combine(6, 2, 1));
    // population variance (4 + 1 + 9) / 3
    assertEquals(
        3 - 0.5 * 14 / 3, new RewardEnsemble.UncertaintyWeighted(0.5).combine(scores), 1e-15);
    assertEquals(3, new RewardEnsemble.UncertaintyWeighted(0).combine(scores));
    assertArrayEquals(
        new double[] {3, 5}, new RewardEnsemble.Mean().combine(new double[][] {scores, {5}}));
    assertThrows(
        IllegalArgumentException.class, () -> new RewardEnsemble.Minimum().combine(new double[0]));
    assertThrows(IllegalArgumentException.class, () -> new RewardEnsemble.UncertaintyWeighted(-1));
  }
}
