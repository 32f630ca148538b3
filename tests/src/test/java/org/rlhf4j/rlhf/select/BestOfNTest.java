package org.rlhf4j.rlhf.select;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.LogSpace;

class BestOfNTest {
  @Property(tries = 60)
  void theLawIsThatOfEveryPossibleDraw(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int n) {
    Random random = new Random(seed);
    double[] probabilities = LogSpace.softmax(random.doubles(4, -2, 2).toArray());
    double[] rewards = {random.nextInt(3), random.nextInt(3), random.nextInt(3), 1};
    double[] expected = new double[4];
    int draws = (int) Math.pow(4, n);
    for (int code = 0; code < draws; code++) {
      double probability = 1;
      double best = Double.NEGATIVE_INFINITY;
      for (int i = 0, rest = code; i < n; i++, rest /= 4) {
        probability *= probabilities[rest % 4];
        best = Math.max(best, rewards[rest % 4]);
      }
      int first = -1;
      for (int i = 0, rest = code; i < n && first < 0; i++, rest /= 4) {
        first = rewards[rest % 4] == best ? rest % 4 : -1;
      }
      expected[first] += probability;
    }
    assertArrayEquals(expected, BestOfN.law(probabilities, rewards, n), 1e-13);
    double kl = 0;
    double winRate = 0;
    for (int y = 0; y < 4; y++) {
      kl += expected[y] * Math.log(expected[y] / probabilities[y]);
      for (int other = 0; other < 4; other++) {
        double win = rewards[y] > rewards[other] ? 1 : rewards[y] == rewards[other] ? 0.5 : 0;
        winRate += expected[y] * probabilities[other] * win;
      }
    }
    assertEquals(kl, BestOfN.kl(probabilities, rewards, n), 1e-13);
    assertEquals(winRate, BestOfN.winRate(probabilities, rewards, n), 1e-13);
    assertTrue(kl <= BestOfN.klBound(n) + 1e-13);
    assertTrue(winRate <= BestOfN.winRateBound(n) + 1e-13);
  }

  @Test
  void klOfManyCompletionsApproachesTheBoundFromBelow() {
    double[] published = {0.193147, 0.636294, 1.204442, 1.835089, 2.496986, 3.174508, 3.859843};
    int n = 1;
    for (double expected : published) {
      n *= 2;
      assertEquals(expected, BestOfN.klBound(n), 5e-7);
      double coarse = klOfUniform(50, n);
      double fine = klOfUniform(2_000, n);
      assertTrue(coarse < fine && fine < BestOfN.klBound(n));
      assertEquals(BestOfN.klBound(n), fine, 0.6 * n / 2_000.0 + 1e-4);
    }
    assertEquals(0, BestOfN.klBound(1));
  }

  private static double klOfUniform(int completions, int n) {
    double[] probabilities = new double[completions];
    double[] rewards = new double[completions];
    for (int y = 0; y < completions; y++) {
      probabilities[y] = 1.0 / completions;
      rewards[y] = y;
    }
    double kl = 0;
    for (double p : BestOfN.law(probabilities, rewards, n)) {
      kl += p > 0 ? p * Math.log(p * completions) : 0;
    }
    return kl;
  }

  @Test
  void twoEqualOutcomesNeverExceedLogTwo() {
    double[] half = {0.5, 0.5};
    double[] law = BestOfN.law(half, new double[] {0, 1}, 10);
    assertArrayEquals(new double[] {Math.pow(0.5, 10), 1 - Math.pow(0.5, 10)}, law, 1e-16);
    assertArrayEquals(half, BestOfN.law(half, new double[] {3, 3}, 10), 1e-16);
    assertArrayEquals(
        new double[] {1, 0}, BestOfN.law(new double[] {1, 0}, new double[] {0, 1}, 10));
    double kl = law[0] * Math.log(2 * law[0]) + law[1] * Math.log(2 * law[1]);
    assertTrue(kl < Math.log(2) && kl < BestOfN.klBound(10));
  }

  @Test
  void winRateAgainstOneMoreDraw() {
    assertEquals(0.5, BestOfN.winRateBound(1));
    assertEquals(0.8, BestOfN.winRateBound(4));
    // for uniform rewards in steps the bound is met but for the ties, which count half
    int completions = 400;
    double[] probabilities = new double[completions];
    double[] rewards = new double[completions];
    for (int y = 0; y < completions; y++) {
      probabilities[y] = 1.0 / completions;
      rewards[y] = y;
    }
    double rate = 0;
    double[] law = BestOfN.law(probabilities, rewards, 4);
    for (int y = 0; y < completions; y++) {
      rate += law[y] * (y + 0.5) / completions;
    }
    assertEquals(0.8, rate, 1e-5);
    assertTrue(rate < 0.8);
  }

  @Property(tries = 60)
  void theEstimateAveragesOverAllSubsets(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 6) int n) {
    double[] rewards = new Random(seed).doubles(6, -1, 1).toArray();
    double sum = 0;
    int subsets = 0;
    for (int set = 0; set < 64; set++) {
      if (Integer.bitCount(set) == n) {
        double best = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < 6; i++) {
          best = (set >> i & 1) == 1 ? Math.max(best, rewards[i]) : best;
        }
        sum += best;
        subsets++;
      }
    }
    assertEquals(sum / subsets, BestOfN.expectedBest(rewards, n), 1e-14);
  }

  @Test
  void nonsenseIsRefused() {
    double[] one = {1};
    assertThrows(IllegalArgumentException.class, () -> BestOfN.law(one, one, 0));
    assertThrows(IllegalArgumentException.class, () -> BestOfN.law(one, new double[2], 1));
    assertThrows(IllegalArgumentException.class, () -> BestOfN.klBound(0));
    assertThrows(IllegalArgumentException.class, () -> BestOfN.winRateBound(0));
    assertThrows(IllegalArgumentException.class, () -> BestOfN.expectedBest(one, 2));
    assertThrows(IllegalArgumentException.class, () -> BestOfN.expectedBest(one, 0));
  }
}
