package org.rlhf4j.rlhf.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Variance;

class WhiteningTest {
  private static final boolean[][] MASK = {{true, true, false}, {true, false, true}};

  @Test
  void byHand() {
    // unmasked 1, 2, 3, 6: mean 3, population variance 3.5, sample variance 14/3
    double[][] values = {{1, 2, Double.NaN}, {3, Double.NaN, 6}};
    double population = Math.sqrt(3.5 + 1e-8);
    double sample = Math.sqrt(14 / 3.0 + 1e-8);
    double[][] whitened = new Whitening(Variance.POPULATION, 1e-8, false).apply(values, MASK);
    assertArrayEquals(new double[] {-2 / population, -1 / population, 0}, whitened[0], 1e-14);
    assertArrayEquals(new double[] {0, 0, 3 / population}, whitened[1], 1e-14);
    double[][] rewards = Whitening.ofRewards().apply(values, MASK);
    assertArrayEquals(new double[] {3 - 2 / sample, 3 - 1 / sample, 0}, rewards[0], 1e-14);
    assertEquals(3 / sample, Whitening.ofAdvantages().apply(values, MASK)[1][2], 1e-14);
  }

  @Property
  void momentsOfTheResult(
      @ForAll @DoubleRange(min = -5, max = 5) double a,
      @ForAll @DoubleRange(min = 6, max = 9) double b,
      @ForAll @DoubleRange(min = -100, max = 100) double shift) {
    double[][] values = {{a + shift, b + shift, 1e300}, {shift, Double.NaN, 2 * a + shift}};
    double[][] whitened = Whitening.ofAdvantages().apply(values, MASK);
    SummaryStatistics statistics = new SummaryStatistics();
    statistics.addValue(whitened[0][0]);
    statistics.addValue(whitened[0][1]);
    statistics.addValue(whitened[1][0]);
    statistics.addValue(whitened[1][2]);
    assertEquals(0, statistics.getMean(), 1e-12);
    assertEquals(1, statistics.getVariance(), 1e-7);
  }

  @Test
  void oneValueAndNone() {
    boolean[][] one = {{false, true}};
    assertArrayEquals(
        new double[] {0, 0}, Whitening.ofAdvantages().apply(new double[][] {{3, 5}}, one)[0]);
    assertArrayEquals(
        new double[] {0, 5}, Whitening.ofRewards().apply(new double[][] {{3, 5}}, one)[0]);
    assertThrows(
        IllegalArgumentException.class,
        () -> Whitening.ofRewards().apply(new double[1][2], new boolean[1][2]));
    assertThrows(IllegalArgumentException.class, () -> new Whitening(Variance.SAMPLE, 0, false));
  }
}
