package org.rlhf4j.rlhf.select;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.apache.commons.math3.distribution.BinomialDistribution;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.policy.GroupAdvantage;

class DifficultyTest {
  /** Problem i is solved by the first i of so many samples. */
  private static boolean[][] staircase(int samples) {
    boolean[][] solved = new boolean[samples + 1][samples];
    for (int i = 0; i <= samples; i++) {
      for (int j = 0; j < i; j++) {
        solved[i][j] = true;
      }
    }
    return solved;
  }

  @Test
  void fromTwentyToEightyPercentBothIncluded() {
    assertEquals(
        List.of(2, 3, 4, 5, 6, 7, 8),
        Difficulty.within(Difficulty.solveRates(staircase(10)), 0.2, 0.8));
    assertEquals(
        List.of(1, 2, 3, 4), Difficulty.within(Difficulty.solveRates(staircase(5)), 0.2, 0.8));
    assertEquals(
        List.of(4, 5, 6, 7, 8, 9, 10, 11, 12),
        Difficulty.within(Difficulty.solveRates(staircase(16)), 0.2, 0.8));
  }

  @Test
  void theShareKeptIsBinomial() {
    RandomGenerator random = new SplittableRandom(4);
    int samples = 10;
    double p = 0.15;
    boolean[][] solved = new boolean[20_000][samples];
    for (boolean[] row : solved) {
      for (int j = 0; j < samples; j++) {
        row[j] = random.nextDouble() < p;
      }
    }
    double kept =
        Difficulty.within(Difficulty.solveRates(solved), 0.2, 0.8).size() / (double) solved.length;
    double expected = new BinomialDistribution(samples, p).cumulativeProbability(1, 8);
    assertEquals(expected, kept, 4 * Math.sqrt(expected * (1 - expected) / solved.length));
  }

  @Test
  void contrastIsLikeliestAtOneHalf() {
    assertEquals(1 - 2 / 256.0, Difficulty.contrastProbability(0.5, 8), 1e-15);
    assertEquals(0, Difficulty.contrastProbability(1, 8), 0);
    assertEquals(0, Difficulty.contrastProbability(0.3, 1), 1e-15);
    assertEquals(0.42, Difficulty.contrastProbability(0.3, 2), 1e-15); // 2 p (1 - p)
  }

  @Test
  void groupsHaveContrastThatOften() {
    RandomGenerator random = new SplittableRandom(4);
    double p = 0.9;
    int groupSize = 4;
    int groups = 20_000;
    int contrasting = 0;
    for (int i = 0; i < groups; i++) {
      double[] rewards = random.doubles(groupSize).map(u -> u < p ? 1 : 0).toArray();
      contrasting += GroupAdvantage.isInformative(rewards) ? 1 : 0;
    }
    double contrast = Difficulty.contrastProbability(p, groupSize);
    assertEquals(
        contrast, contrasting / (double) groups, 4 * Math.sqrt(contrast * (1 - contrast) / groups));
  }

  @Test
  void aCurriculumBeginsWithTheEasiest() {
    double[] rates = {0.3, 0.9, 0.5, 0.9, 0.1};
    assertEquals(List.of(1, 3, 2, 0, 4), Difficulty.easiestFirst(rates));
    assertEquals(
        List.of(List.of(1, 3), List.of(2, 0, 4)), Curriculum.bySolveRate(rates, 2, 0.5).levels());
    assertEquals(
        List.of(List.of(1), List.of(3), List.of(2), List.of(0), List.of(4)),
        Curriculum.bySolveRate(rates, 5, 0.5).levels());
  }

  @Test
  void eachStageAddsALevel() {
    Curriculum curriculum = new Curriculum(List.of(List.of(0), List.of(1), List.of(2, 3)), 0.6);
    assertArrayEquals(new double[] {1, 0, 0}, curriculum.weights(0));
    assertArrayEquals(new double[] {1, 0, 0}, curriculum.weights(0.33));
    assertArrayEquals(new double[] {0.4, 0.6, 0}, curriculum.weights(0.34));
    assertArrayEquals(new double[] {0.2, 0.2, 0.6}, curriculum.weights(0.67));
    assertArrayEquals(new double[] {0.2, 0.2, 0.6}, curriculum.weights(1));
  }

  @Test
  void drawsFollowTheWeights() {
    Curriculum curriculum = new Curriculum(List.of(List.of(0), List.of(1), List.of(2, 3)), 0.6);
    RandomGenerator random = new SplittableRandom(4);
    int[] counts = new int[4];
    for (int i = 0; i < 10_000; i++) {
      counts[curriculum.draw(0.9, random)]++;
      assertEquals(0, curriculum.draw(0.1, random));
    }
    double[] expected = {0.2, 0.2, 0.3, 0.3};
    for (int i = 0; i < 4; i++) {
      assertEquals(expected[i], counts[i] / 10_000.0, 4 * Math.sqrt(0.21 / 10_000));
    }
    Curriculum focused = new Curriculum(List.of(List.of(0), List.of(1)), 1);
    assertEquals(1, focused.draw(1, random));
  }

  @Test
  void whatCannotBeIsRefused() {
    double[] rates = {0.5};
    assertThrows(IllegalArgumentException.class, () -> Difficulty.within(rates, 0.8, 0.2));
    assertThrows(IllegalArgumentException.class, () -> Difficulty.solveRates(new boolean[1][0]));
    assertThrows(IllegalArgumentException.class, () -> Curriculum.bySolveRate(rates, 2, 0.5));
    assertThrows(IllegalArgumentException.class, () -> new Curriculum(List.of(List.of(0)), 0));
    assertThrows(IllegalArgumentException.class, () -> new Curriculum(List.of(List.of()), 0.5));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Curriculum(List.of(List.of(0)), 0.5).weights(1.1));
  }
}
