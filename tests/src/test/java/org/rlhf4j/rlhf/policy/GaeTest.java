package org.rlhf4j.rlhf.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;

class GaeTest {
  /** A random episode with holes in its mask; masked places hold NaN. */
  private record Episode(double[] rewards, double[] values, boolean[] mask) {
    static Episode of(long seed, int length) {
      Random random = new Random(seed);
      double[] rewards = new double[length];
      double[] values = new double[length];
      boolean[] mask = new boolean[length];
      for (int t = 0; t < length; t++) {
        mask[t] = random.nextInt(4) > 0;
        rewards[t] = mask[t] ? random.nextGaussian() : Double.NaN;
        values[t] = mask[t] ? random.nextGaussian() : Double.NaN;
      }
      return new Episode(rewards, values, mask);
    }
  }

  @Test
  @Proves(value = "GAE_DFN", by = Proof.CLOSED_FORM)
  void workedExample() {
    AdvantagesAndReturns estimate =
        new Gae(1, 0.95)
            .estimate(
                new double[] {0, 0, 1},
                new double[] {0.2, 0.4, 0.6},
                new boolean[] {true, true, true});
    assertArrayEquals(new double[] {0.751, 0.58, 0.4}, estimate.advantages(), 1e-15);
    assertArrayEquals(new double[] {0.951, 0.98, 1.0}, estimate.returns(), 1e-15);
  }

  @Test
  void trap5ValuePastTheEndDoesNotLeak() {
    AdvantagesAndReturns estimate =
        new Gae(1, 0.95)
            .estimate(
                new double[] {0, 1, 0},
                new double[] {0, 0, 100},
                new boolean[] {true, true, false});
    assertArrayEquals(new double[] {0.95, 1, 0}, estimate.advantages(), 1e-15);
    assertArrayEquals(new double[] {0.95, 1, 0}, estimate.returns(), 1e-15);
  }

  @Property
  @Proves(
      value = {"GAE_DFN", "TD_RESIDUAL", "advantage_trick"},
      by = Proof.IDENTITY)
  void lambdaZeroIsTheTemporalDifference(
      @ForAll long seed, @ForAll @DoubleRange(min = 0, max = 1) double gamma) {
    Episode episode = Episode.of(seed, 9);
    double[] advantages =
        new Gae(gamma, 0).estimate(episode.rewards, episode.values, episode.mask).advantages();
    int next = -1;
    for (int t = 8; t >= 0; t--) {
      if (episode.mask[t]) {
        double bootstrap = next < 0 ? 0 : gamma * episode.values[next];
        assertEquals(episode.rewards[t] + bootstrap - episode.values[t], advantages[t], 1e-13);
        next = t;
      } else {
        assertEquals(0, advantages[t]);
      }
    }
  }

  @Property
  @Proves(value = "GAE_DFN", by = Proof.IDENTITY)
  void lambdaOneIsReturnMinusValue(
      @ForAll long seed, @ForAll @DoubleRange(min = 0, max = 1) double gamma) {
    Episode episode = Episode.of(seed, 9);
    AdvantagesAndReturns estimate =
        new Gae(gamma, 1).estimate(episode.rewards, episode.values, episode.mask);
    double[] returns = Returns.discounted(episode.rewards, episode.mask, gamma);
    for (int t = 0; t < 9; t++) {
      double value = episode.mask[t] ? episode.values[t] : 0;
      assertEquals(returns[t] - value, estimate.advantages()[t], 1e-12);
      assertEquals(returns[t], estimate.returns()[t], 1e-12);
    }
  }

  @Property
  @Proves(
      value = {"GAE_DFN", "K_STEP_ADV"},
      by = Proof.IDENTITY)
  void gaeIsTheExponentialAverageOfTheStepEstimates(
      @ForAll long seed,
      @ForAll @DoubleRange(min = 0, max = 1) double gamma,
      @ForAll @DoubleRange(min = 0, max = 0.9) double lambda,
      @ForAll @IntRange(min = 1, max = 7) int length) {
    // the book's first line: (1 - lambda) sum_n lambda^(n-1) A^(n); beyond the end A^(n) is
    // constant
    Episode episode = Episode.of(seed, length);
    double[] average = new double[length];
    for (int n = 1; n <= 1000; n++) {
      double[] step =
          TemporalDifference.nStep(episode.rewards, episode.values, episode.mask, gamma, n);
      for (int t = 0; t < length; t++) {
        average[t] += (1 - lambda) * Math.pow(lambda, n - 1) * step[t];
      }
    }
    double[] advantages =
        new Gae(gamma, lambda).estimate(episode.rewards, episode.values, episode.mask).advantages();
    assertArrayEquals(average, advantages, 1e-11);
  }

  @Test
  @Proves(value = "K_STEP_ADV", by = Proof.CLOSED_FORM)
  void stepsByHand() {
    double[] rewards = {1, 2, 4};
    double[] values = {10, 20, 30};
    boolean[] mask = {true, true, true};
    assertArrayEquals(
        new double[] {1 + 10 - 10, 2 + 15 - 20, 4 - 30},
        TemporalDifference.nStep(rewards, values, mask, 0.5, 1));
    assertArrayEquals(
        new double[] {1 + 1 + 7.5 - 10, 2 + 2 - 20, 4 - 30},
        TemporalDifference.nStep(rewards, values, mask, 0.5, 2));
    assertArrayEquals(
        new double[] {1 + 1 + 1 - 10, 2 + 2 - 20, 4 - 30},
        TemporalDifference.nStep(rewards, values, mask, 0.5, Integer.MAX_VALUE));
  }

  @Test
  void batchesAreRowByRow() {
    double[][] rewards = {{0, 0, 1}, {0, 1, 0}};
    double[][] values = {{0.2, 0.4, 0.6}, {0, 0, 100}};
    boolean[][] mask = {{true, true, true}, {true, true, false}};
    AdvantagesAndReturns[] estimates = new Gae(1, 0.95).estimate(rewards, values, mask);
    assertEquals(0.751, estimates[0].advantages()[0], 1e-15);
    assertEquals(0.95, estimates[1].advantages()[0], 1e-15);
    assertThrows(
        IllegalArgumentException.class,
        () -> new Gae(1, 1).estimate(rewards, new double[1][3], mask));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Gae(1, 1).estimate(new double[2][2], values, mask));
  }

  @Test
  void parametersOutsideTheUnitIntervalAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Gae(1.1, 1));
    assertThrows(IllegalArgumentException.class, () -> new Gae(1, 1.1));
    assertThrows(IllegalArgumentException.class, () -> new Gae(1, -0.1));
    assertThrows(IllegalArgumentException.class, () -> new Gae(1, Double.NaN));
    boolean[] mask = {true};
    double[] one = {1};
    assertThrows(
        IllegalArgumentException.class, () -> TemporalDifference.nStep(one, one, mask, 1, 0));
    assertThrows(
        IllegalArgumentException.class, () -> TemporalDifference.nStep(one, one, mask, 2, 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> TemporalDifference.nStep(one, new double[2], mask, 1, 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> TemporalDifference.nStep(new double[2], one, mask, 1, 1));
  }
}
