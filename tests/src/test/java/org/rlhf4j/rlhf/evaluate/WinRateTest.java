package org.rlhf4j.rlhf.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.commons.math3.stat.interval.WilsonScoreInterval;
import org.junit.jupiter.api.Test;

class WinRateTest {
  @Test
  void tiesAreHalfWins() {
    WinRate rate = WinRate.ofScores(new double[] {1, 2, 3, 4}, new double[] {0, 2, 5, 0});
    assertEquals(new WinRate(2, 1, 1), rate);
    assertEquals(0.625, rate.rate());
    assertEquals(4, rate.comparisons());
  }

  @Property(tries = 200)
  void wilsonAgreesWithCommonsMath(
      @ForAll @IntRange(min = 1, max = 500) int n, @ForAll @IntRange(min = 0, max = 500) int k) {
    int wins = Math.min(k, n);
    var expected = new WilsonScoreInterval().createInterval(n, wins, 0.95);
    ConfidenceInterval interval = new WinRate(wins, 0, n - wins).interval();
    assertEquals(Math.max(0, expected.getLowerBound()), interval.low(), 1e-9);
    assertEquals(Math.min(1, expected.getUpperBound()), interval.high(), 1e-9);
    assertTrue(interval.contains(wins / (double) n));
  }

  @Test
  void theIntervalSolvesItsDefiningEquation() {
    WinRate rate = new WinRate(30, 0, 70);
    for (double p : new double[] {rate.interval(2).low(), rate.interval(2).high()}) {
      assertEquals(2 * Math.sqrt(p * (1 - p) / 100), Math.abs(0.3 - p), 1e-14);
    }
    assertTrue(rate.interval(3).low() < rate.interval(2).low());
    assertEquals(0, new WinRate(0, 0, 9).interval().low());
    assertTrue(new WinRate(0, 0, 9).interval().high() > 0.2);
    assertEquals(1, new WinRate(9, 0, 0).interval().high());
  }

  @Test
  void nonsenseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new WinRate(0, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new WinRate(-1, 0, 3));
    assertThrows(IllegalArgumentException.class, () -> new WinRate(1, -1, 3));
    assertThrows(IllegalArgumentException.class, () -> new WinRate(1, 1, -3));
    assertThrows(
        IllegalArgumentException.class, () -> WinRate.ofScores(new double[1], new double[2]));
    assertThrows(
        IllegalArgumentException.class,
        () -> WinRate.ofScores(new double[] {Double.NaN}, new double[1]));
    assertThrows(
        IllegalArgumentException.class,
        () -> WinRate.ofScores(new double[1], new double[] {Double.NaN}));
    assertThrows(IllegalArgumentException.class, () -> new WinRate(1, 0, 0).interval(0));
    assertThrows(IllegalArgumentException.class, () -> new ConfidenceInterval(1, 0));
    assertFalse(new ConfidenceInterval(0, 1).contains(1.5));
    assertFalse(new ConfidenceInterval(0, 1).contains(-0.5));
  }
}
