package org.rlhf4j.rlhf.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.LogSpace;

class BradleyTerryFitTest {
  private static double[][] expectedWins(double[] strengths, double games) {
    int n = strengths.length;
    double[][] wins = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        wins[i][j] = i == j ? 0 : games * LogSpace.sigmoid(strengths[i] - strengths[j]);
      }
    }
    return wins;
  }

  @Test
  void twoSystemsHaveAClosedForm() {
    // log odds 3, variance of the log odds 1/30 + 1/10
    BradleyTerryFit fit = BradleyTerryFit.of(new double[][] {{0, 30}, {10, 0}});
    assertEquals(Math.log(3) / 2, fit.strengths()[0], 1e-12);
    assertEquals(0.75, fit.probability(0, 1), 1e-12);
    double error = Math.sqrt(1 / 30.0 + 1 / 10.0);
    assertEquals(Math.log(3) - 2 * error, fit.difference(0, 1, 2).low(), 1e-12);
    assertEquals(Math.log(3) + 2 * error, fit.difference(0, 1, 2).high(), 1e-12);
    assertEquals(Math.log(3) / 2 - error, fit.interval(0, 2).low(), 1e-12);
    assertEquals(Math.log(3) / 2 + error, fit.interval(0, 2).high(), 1e-12);
    assertEquals(1000 + 200 * Math.log10(3), fit.elo(1000)[0], 1e-9);
    assertEquals(1000 - 200 * Math.log10(3), fit.elo(1000)[1], 1e-9);
  }

  @Property(tries = 40)
  void exactFrequenciesGiveBackTheStrengths(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 7) int n) {
    double[] strengths = new Random(seed).doubles(n, -4, 4).toArray();
    double mean = java.util.Arrays.stream(strengths).average().orElseThrow();
    BradleyTerryFit fit = BradleyTerryFit.of(expectedWins(strengths, 50));
    for (int i = 0; i < n; i++) {
      assertEquals(strengths[i] - mean, fit.strengths()[i], 1e-8);
    }
  }

  @Test
  void theIntervalCoversAsOftenAsItSays() {
    double[] strengths = {0.8, 0.1, -0.3, -0.6};
    Random random = new Random(1);
    int covered = 0;
    int rounds = 1_000;
    for (int round = 0; round < rounds; round++) {
      double[][] wins = new double[4][4];
      for (int i = 0; i < 4; i++) {
        for (int j = i + 1; j < 4; j++) {
          for (int game = 0; game < 60; game++) {
            boolean won = random.nextDouble() < LogSpace.sigmoid(strengths[i] - strengths[j]);
            wins[won ? i : j][won ? j : i]++;
          }
        }
      }
      boolean inside = BradleyTerryFit.of(wins).difference(0, 3, 1.96).contains(1.4);
      covered += inside ? 1 : 0;
    }
    assertEquals(950, covered, 28); // 4 standard deviations of a binomial count
  }

  @Test
  void whatHasNoMaximumIsRefused() {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> BradleyTerryFit.of(new double[][] {{0, 3, 3}, {0, 0, 1}, {0, 1, 0}}));
    assertTrue(refused.toString().contains("no finite strengths exist"));
    assertThrows(
        IllegalArgumentException.class, () -> BradleyTerryFit.of(new double[][] {{0, 0}, {3, 0}}));
    assertThrows(IllegalArgumentException.class, () -> BradleyTerryFit.of(new double[][] {{0}}));
    assertThrows(
        IllegalArgumentException.class, () -> BradleyTerryFit.of(new double[][] {{0, 1}, {1}}));
    assertThrows(
        IllegalArgumentException.class, () -> BradleyTerryFit.of(new double[][] {{0, -1}, {1, 0}}));
    // everybody beats somebody, so that only the entry itself is wrong
    assertTrue(
        assertThrows(
                IllegalArgumentException.class,
                () -> BradleyTerryFit.of(new double[][] {{0, 1, -1}, {1, 0, 1}, {1, 1, 0}}))
            .toString()
            .contains("wins[0][2]"));
    assertThrows(
        IllegalArgumentException.class,
        () -> BradleyTerryFit.of(new double[][] {{0, Double.POSITIVE_INFINITY}, {1, 0}}));
  }

  @Property
  void eloIsBradleyTerryInBaseTen(
      @ForAll @DoubleRange(min = 0, max = 3000) double own,
      @ForAll @DoubleRange(min = 0, max = 3000) double other) {
    double expected = 1 / (1 + Math.pow(10, (other - own) / 400));
    assertEquals(expected, Elo.expected(own, other), 1e-14);
    double gained = Elo.updated(own, other, 1, 32) - own;
    double lost = Elo.updated(other, own, 0, 32) - other;
    assertEquals(32 * (1 - expected), gained, 1e-10);
    assertEquals(0, gained + lost, 1e-10);
  }

  @Test
  void eloRefusesNonsense() {
    assertThrows(IllegalArgumentException.class, () -> Elo.updated(1, 1, 1.5, 32));
    assertThrows(IllegalArgumentException.class, () -> Elo.updated(1, 1, -0.5, 32));
    assertThrows(IllegalArgumentException.class, () -> Elo.updated(1, 1, 1, 0));
    assertEquals(1016, Elo.updated(1000, 1000, 1, 32));
    assertEquals(1000, Elo.updated(1000, 1000, 0.5, 32));
    assertEquals(984, Elo.updated(1000, 1000, 0, 32));
  }
}
