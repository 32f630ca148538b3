package org.rlhf4j.rlhf.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.LogSpace;
import org.rlhf4j.rlhf.Variance;

class LengthControlledWinRateTest {
  @Test
  void aJudgeWhoFollowsTheModelIsRecovered() {
    double[] differences = {-40, -10, 0, 5, 30, 90, 120};
    double deviation = Variance.POPULATION.deviation(differences);
    double[] preferences = new double[differences.length];
    for (int i = 0; i < preferences.length; i++) {
      preferences[i] = LogSpace.sigmoid(-0.3 + 1.7 * Math.tanh(differences[i] / deviation));
    }
    LengthControlledWinRate fit = LengthControlledWinRate.fit(preferences, differences, 1e-12);
    assertEquals(-0.3, fit.quality(), 1e-9);
    assertEquals(1.7, fit.length(), 1e-9);
    assertEquals(LogSpace.sigmoid(-0.3), fit.rate(), 1e-9);
    // the judge likes length: the raw rate flatters
    double raw = java.util.Arrays.stream(preferences).average().orElseThrow();
    assertTrue(raw > 0.5 && fit.rate() < 0.5);
  }

  @Test
  void withoutADifferenceOfLengthsItIsTheWinRate() {
    double[] preferences = {1, 1, 0, 0.5};
    LengthControlledWinRate fit = LengthControlledWinRate.fit(preferences, new double[4], 1e-12);
    assertEquals(0.625, fit.rate(), 1e-11);
    assertEquals(0, fit.length());
  }

  @Test
  void theGradientVanishesAtTheFit() {
    double[] preferences = {1, 0, 1, 1, 0, 0.5, 1, 0};
    double[] differences = {3, -2, 1, -1, 4, 0, 2, -5};
    double ridge = 0.1;
    LengthControlledWinRate fit = LengthControlledWinRate.fit(preferences, differences, ridge);
    double deviation = Variance.POPULATION.deviation(differences);
    double quality = -ridge * fit.quality();
    double length = -ridge * fit.length();
    for (int i = 0; i < 8; i++) {
      double feature = Math.tanh(differences[i] / deviation);
      double surprise =
          preferences[i] - 1 / (1 + Math.exp(-fit.quality() - fit.length() * feature));
      quality += surprise;
      length += surprise * feature;
    }
    assertEquals(0, quality, 1e-12);
    assertEquals(0, length, 1e-12);
  }

  @Test
  void aSystemThatAlwaysWinsHasAFiniteFit() {
    LengthControlledWinRate fit =
        LengthControlledWinRate.fit(new double[] {1, 1, 1}, new double[] {1, 2, 3}, 1e-6);
    assertTrue(Double.isFinite(fit.quality()) && fit.rate() > 0.9);
  }

  @Test
  void nonsenseIsRefused() {
    double[] one = {1};
    assertThrows(IllegalArgumentException.class, () -> LengthControlledWinRate.fit(one, one, 0));
    assertThrows(
        IllegalArgumentException.class, () -> LengthControlledWinRate.fit(one, new double[2], 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> LengthControlledWinRate.fit(new double[] {1.5}, one, 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> LengthControlledWinRate.fit(new double[] {-0.5}, one, 1));
  }

  @Test
  void multipleChoice() {
    double[] logprobs = {-6, -5, -9};
    assertEquals(1, MultipleChoice.answer(logprobs));
    assertEquals(2, MultipleChoice.normalizedAnswer(logprobs, new int[] {2, 2, 9}));
    assertThrows(
        IllegalArgumentException.class,
        () -> MultipleChoice.normalizedAnswer(logprobs, new int[] {1, 0, 1}));
    assertThrows(
        IllegalArgumentException.class,
        () -> MultipleChoice.normalizedAnswer(logprobs, new int[2]));
  }
}
