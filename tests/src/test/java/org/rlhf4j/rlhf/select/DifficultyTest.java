package org.rlhf4j.rlhf.select;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.apache.commons.math3.distribution.BinomialDistribution;
import org.junit.jupiter.api.Test;

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
  void groupsAreSampledUntilThereAreEnoughWithContrast() {
    RandomGenerator random = new SplittableRandom(4);
    double p = 0.9;
    int groupSize = 4;
    List<double[]> sampled = new ArrayList<>();
    IntFunction<List<double[]>> round =
        _ -> {
          List<double[]> groups =
              IntStream.range(0, 10)
                  .mapToObj(_ -> random.doubles(groupSize).map(u -> u < p ? 1 : 0).toArray())
                  .toList();
          sampled.addAll(groups);
          return groups;
        };
    List<double[]> kept = DynamicSampling.fill(2_000, round, group -> group, 10_000);
    assertEquals(2_000, kept.size());
    for (double[] group : kept) {
      double sum = group[0] + group[1] + group[2] + group[3];
      assertTrue(sum > 0 && sum < groupSize);
    }
    // each sampled group is kept with the probability of contrast
    double contrast = Difficulty.contrastProbability(p, groupSize);
    assertEquals(
        contrast,
        kept.size() / (double) sampled.size(),
        4 * Math.sqrt(contrast * (1 - contrast) / sampled.size()) + 10.0 / sampled.size());
    assertEquals(List.of(), DynamicSampling.fill(0, round, group -> group, 0));
    String message =
        assertThrows(
                IllegalStateException.class,
                () -> DynamicSampling.fill(1, _ -> List.of(new double[] {1, 1}), group -> group, 3))
            .getMessage();
    assertTrue(message.startsWith("3 rounds gave 0 groups whose rewards differ, 1 "), message);
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
