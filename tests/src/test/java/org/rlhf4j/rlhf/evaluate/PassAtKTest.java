package org.rlhf4j.rlhf.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.apache.commons.math3.distribution.BinomialDistribution;
import org.apache.commons.math3.util.CombinatoricsUtils;
import org.junit.jupiter.api.Test;

class PassAtKTest {
  @Property(tries = 100)
  void unbiasedForEveryTrueRate(
      @ForAll @DoubleRange(min = 0, max = 1) double p,
      @ForAll @IntRange(min = 1, max = 12) int n,
      @ForAll @IntRange(min = 1, max = 12) int k) {
    int draws = Math.min(k, n);
    BinomialDistribution successes = new BinomialDistribution(null, n, p);
    double pass = 0;
    double all = 0;
    for (int c = 0; c <= n; c++) {
      pass += successes.probability(c) * PassAtK.estimate(n, c, draws);
      all += successes.probability(c) * PassAtK.allCorrect(n, c, draws);
    }
    assertEquals(1 - Math.pow(1 - p, draws), pass, 1e-12);
    assertEquals(Math.pow(p, draws), all, 1e-12);
  }

  @Test
  void agreesWithBinomialCoefficients() {
    double expected =
        1
            - CombinatoricsUtils.binomialCoefficientDouble(17, 5)
                / CombinatoricsUtils.binomialCoefficientDouble(20, 5);
    assertEquals(expected, PassAtK.estimate(20, 3, 5), 1e-15);
    assertEquals(1, PassAtK.estimate(20, 16, 5));
    assertEquals(0, PassAtK.estimate(20, 0, 20));
    assertEquals(1, PassAtK.estimate(20, 1, 20));
    assertEquals(0.25, PassAtK.estimate(4, 1, 1));
    assertEquals(100.0 / 200_000, PassAtK.estimate(200_000, 1, 100), 1e-15);
  }

  @Test
  void nonsenseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> PassAtK.estimate(4, 1, 0));
    assertThrows(IllegalArgumentException.class, () -> PassAtK.estimate(4, 1, 5));
    assertThrows(IllegalArgumentException.class, () -> PassAtK.estimate(4, 5, 1));
    assertThrows(IllegalArgumentException.class, () -> PassAtK.estimate(4, -1, 1));
  }
}
