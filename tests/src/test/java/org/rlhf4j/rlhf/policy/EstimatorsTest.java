package org.rlhf4j.rlhf.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Variance;
import org.rlhf4j.rlhf.policy.OffPolicyCorrection.Kept;
import org.rlhf4j.rlhf.policy.OffPolicyCorrection.Level;
import org.rlhf4j.rlhf.policy.OffPolicyCorrection.Masked;
import org.rlhf4j.rlhf.policy.OffPolicyCorrection.Plain;
import org.rlhf4j.rlhf.policy.OffPolicyCorrection.Rule;
import org.rlhf4j.rlhf.policy.OffPolicyCorrection.Truncated;

class EstimatorsTest {
  private static final double NAN = Double.NaN;
  private static final double[][] REWARDS = {
    {0.5, 0.5, NAN}, {0, 0, 0}, {1, NAN, NAN}, {2, 1, NAN}
  };
  private static final boolean[][] MASK = {
    {true, true, false}, {true, true, true}, {true, false, false}, {true, true, false}
  };
  private static final Episodes EPISODES = new Episodes(REWARDS, MASK, 2);

  private static double[] first(AdvantageEstimator estimator, Episodes episodes) {
    double[][] advantages = estimator.advantages(episodes);
    double[] first = new double[advantages.length];
    for (int i = 0; i < first.length; i++) {
      first[i] = advantages[i][0];
    }
    return first;
  }

  @Test
  void groupsAreNeighbours() {
    // totals 1, 0 | 1, 3
    assertArrayEquals(new double[] {1, 0, 1, 3}, EPISODES.totals());
    assertArrayEquals(
        new double[] {1, -1, -2, 2}, first(new AdvantageEstimator.LeaveOneOut(), EPISODES));
    assertArrayEquals(
        new double[] {0.5, -0.5, -1, 1}, first(new AdvantageEstimator.Centred(), EPISODES));
    double scale = Math.sqrt(0.5) + 1e-4;
    double wide = Math.sqrt(2) + 1e-4;
    assertArrayEquals(
        new double[] {0.5 / scale, -0.5 / scale, -1 / wide, 1 / wide},
        first(new AdvantageEstimator.Standardized(Variance.SAMPLE, 1e-4), EPISODES),
        1e-15);
    assertArrayEquals(new double[] {1, 0, 1, 3}, first(new AdvantageEstimator.Reward(), EPISODES));
    assertArrayEquals(
        new double[] {1, -1},
        first(
            new AdvantageEstimator.PerSuccess(),
            new Episodes(new double[][] {{1}, {0}}, new boolean[][] {{true}, {true}}, 2)));
  }

  @Test
  void everyTokenOfAnAnswerGetsItsAdvantage() {
    double[][] advantages = new AdvantageEstimator.LeaveOneOut().advantages(EPISODES);
    assertEquals(1, advantages[0][1]);
    assertEquals(-1, advantages[1][2]);
  }

  @Test
  void returnsAndWhitening() {
    assertArrayEquals(
        new double[] {0.75, 0, 1, 2.5}, first(new AdvantageEstimator.ReturnToGo(0.5), EPISODES));
    double[][] whitened =
        new AdvantageEstimator.WhitenedReturn(1, Whitening.ofAdvantages()).advantages(EPISODES);
    // returns 1, .5 | 0, 0, 0 | 1 | 3, 1: mean 6.5/8
    double sum = 0;
    for (double[] row : whitened) {
      for (double value : row) {
        sum += value;
      }
    }
    assertEquals(0, sum, 1e-14);
    assertEquals(0, whitened[0][2]);
    assertEquals(
        new Whitening(Variance.SAMPLE, 1e-8, false)
            .apply(new AdvantageEstimator.ReturnToGo(1).advantages(EPISODES), MASK)[3][0],
        whitened[3][0]);
  }

  @Test
  void criticAndGreedyBaselinesMustBeGiven() {
    double[][] values = {{0.1, 0.2, NAN}, {0, 0, 0}, {1, NAN, NAN}, {0.5, 0.5, NAN}};
    Episodes withCritic = EPISODES.withValues(values);
    double[][] raw = new double[4][];
    for (int i = 0; i < 4; i++) {
      raw[i] = new Gae(1, 0.95).estimate(REWARDS[i], values[i], MASK[i]).advantages();
    }
    AdvantageEstimator critic =
        new AdvantageEstimator.Critic(new Gae(1, 0.95), Whitening.ofAdvantages());
    assertArrayEquals(
        Whitening.ofAdvantages().apply(raw, MASK)[0], critic.advantages(withCritic)[0]);
    assertThrows(IllegalArgumentException.class, () -> critic.advantages(EPISODES));
    assertArrayEquals(
        new double[] {0.5, -0.5, 0, 2},
        first(new AdvantageEstimator.GreedyBaseline(), EPISODES.withBaselines(0.5, 0.5, 1, 1)));
    assertThrows(
        IllegalArgumentException.class,
        () -> new AdvantageEstimator.GreedyBaseline().advantages(EPISODES));
  }

  @Test
  void episodesThatDoNotFitAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Episodes(REWARDS, MASK, 3));
    assertThrows(IllegalArgumentException.class, () -> new Episodes(REWARDS, MASK, 0));
    assertThrows(IllegalArgumentException.class, () -> new Episodes(REWARDS, new boolean[3][3], 1));
    assertThrows(IllegalArgumentException.class, () -> EPISODES.withValues(new double[3][3]));
    assertThrows(IllegalArgumentException.class, () -> EPISODES.withBaselines(1));
  }

  @Test
  void correctionsOfTheSampler() {
    // ratios e^.5, e^-1 (answer e^-.5, geometric mean e^-.25) and e^.2
    double[][] old = {{-1, -2, NAN}, {-1, NAN, 3}};
    double[][] sampler = {{-1.5, -1, NAN}, {-1.2, 5, NAN}};
    boolean[][] mask = {{true, true, false}, {true, false, false}};
    check(Level.TOKEN, new Plain(), Math.exp(0.5), Math.exp(-1), Math.exp(0.2));
    check(Level.SEQUENCE, new Plain(), Math.exp(-0.5), Math.exp(-0.5), Math.exp(0.2));
    check(Level.GEOMETRIC_MEAN, new Plain(), Math.exp(-0.25), Math.exp(-0.25), Math.exp(0.2));
    check(Level.TOKEN, new Truncated(1.3), 1.3, Math.exp(-1), Math.exp(0.2));
    check(Level.TOKEN, new Masked(0.5, 1.5), 0, 0, Math.exp(0.2));
    check(Level.TOKEN, new Masked(0.3, 2), Math.exp(0.5), Math.exp(-1), Math.exp(0.2));
    check(Level.SEQUENCE, new Kept(0.5, 2), 1, 1, 1);
    check(Level.SEQUENCE, new Kept(0.7, 1.1), 0, 0, 0);
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new OffPolicyCorrection(Level.TOKEN, new Plain()).weights(old, new double[1][3], mask));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new OffPolicyCorrection(Level.TOKEN, new Plain())
                .weights(new double[1][3], sampler, mask));
    assertArrayEquals(
        new double[2],
        new OffPolicyCorrection(Level.GEOMETRIC_MEAN, new Plain())
            .weights(new double[1][2], new double[1][2], new boolean[1][2])[0]);
  }

  private static void check(Level level, Rule rule, double a, double b, double c) {
    double[][] weights =
        new OffPolicyCorrection(level, rule)
            .weights(
                new double[][] {{-1, -2, NAN}, {-1, NAN, 3}},
                new double[][] {{-1.5, -1, NAN}, {-1.2, 5, NAN}},
                new boolean[][] {{true, true, false}, {true, false, false}});
    assertArrayEquals(new double[] {a, b, 0}, weights[0], 1e-15);
    assertArrayEquals(new double[] {c, 0, 0}, weights[1], 1e-15);
  }

  @Test
  void trustedRangesContainOne() {
    assertThrows(IllegalArgumentException.class, () -> new Truncated(0));
    assertThrows(IllegalArgumentException.class, () -> new Masked(1.1, 2));
    assertThrows(IllegalArgumentException.class, () -> new Masked(0.5, 0.9));
    assertThrows(IllegalArgumentException.class, () -> new Kept(-0.1, 2));
    assertThrows(IllegalArgumentException.class, () -> new Kept(0.5, NAN));
    assertEquals(1, new Kept(1, 1).weight(1));
    assertEquals(2, new Masked(0, 2).weight(2));
    assertEquals(0.5, new Masked(0.5, 2).weight(0.5));
  }

  @Test
  void presetsPlaceTheirPenalty() {
    double[][] logprobs = {{-1, -2}};
    double[][] reference = {{-1.5, -1}};
    boolean[][] mask = {{true, true}};
    assertArrayEquals(
        new double[] {-0.5 * 0.5, 3 + 0.5},
        PolicyGradient.ppo(0.5).rewards(new double[] {3}, logprobs, reference, mask)[0],
        1e-15);
    assertArrayEquals(
        new double[] {0, 3},
        PolicyGradient.grpo(0.5).rewards(new double[] {3}, logprobs, reference, mask)[0],
        1e-300);
    assertEquals(13, PolicyGradient.presets().size());
    assertTrue(
        PolicyGradient.presets().stream().map(PolicyGradient::name).distinct().count() == 13);
  }
}
