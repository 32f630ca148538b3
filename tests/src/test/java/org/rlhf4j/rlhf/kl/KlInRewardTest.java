package org.rlhf4j.rlhf.kl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;
import org.rlhf4j.rlhf.Rows;

class KlInRewardTest {
  private static final double NAN = Double.NaN;

  @Test
  @Proves(
      value = {"kl_standard", "rl_start"},
      by = Proof.CLOSED_FORM)
  void trap5TheScoreGoesToTheLastRealToken() {
    double[] logprobs = {-1, -2, -3, NAN};
    double[] reference = {-2, -1, -3.5, NAN};
    boolean[] mask = {true, true, true, false};
    double[] rewards = new KlInReward(0.1).rewards(7, logprobs, reference, mask);
    assertArrayEquals(new double[] {-0.1, 0.1, 7 - 0.05, 0}, rewards, 1e-15);
    assertEquals(7 - 0.1 * 0.5, Rows.sum(rewards, mask), 1e-15);
  }

  @Test
  void paddingOnTheLeftIsPaddingToo() {
    double[] rewards =
        new KlInReward(1)
            .rewards(
                3,
                new double[] {NAN, -1, -2},
                new double[] {NAN, -1, -2},
                new boolean[] {false, true, true});
    assertArrayEquals(new double[] {0, 0, 3}, rewards);
  }

  @Test
  void batches() {
    double[][] logprobs = {{-1, -2}, {-1, NAN}};
    boolean[][] mask = {{true, true}, {true, false}};
    double[][] rewards =
        new KlInReward(0.5).rewards(new double[] {1, 2}, logprobs, new double[2][2], mask);
    assertArrayEquals(new double[] {0.5, 2}, rewards[0]);
    assertArrayEquals(new double[] {2.5, 0}, rewards[1]);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    KlInReward penalty = new KlInReward(0.1);
    double[] two = new double[2];
    assertThrows(
        IllegalArgumentException.class, () -> penalty.rewards(1, two, two, new boolean[2]));
    assertThrows(
        IllegalArgumentException.class, () -> penalty.rewards(1, two, two, new boolean[3]));
    assertThrows(
        IllegalArgumentException.class,
        () -> penalty.rewards(1, two, new double[3], new boolean[2]));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            penalty.rewards(new double[1], new double[2][2], new double[2][2], new boolean[2][2]));
    assertThrows(IllegalArgumentException.class, () -> new KlInReward(-0.1));
    assertThrows(IllegalArgumentException.class, () -> new KlInReward(NAN));
  }
}
