package org.rlhf4j.rlhf.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;
import org.rlhf4j.rlhf.Variance;

class GroupAdvantageTest {
  private static final double[] ONE_OF_FOUR = {1, 0, 0, 0};

  @Test
  @Proves(
      value = {"GRPO_ADV", "DrGRPO_ADV", "RLOO_baseline", "RLOO_advantage", "RLOO_ADV_AGAIN"},
      by = Proof.CLOSED_FORM)
  void oneSuccessOfFour() {
    double third = 1.0 / 3;
    assertArrayEquals(
        new double[] {1.49970006, -0.49990002, -0.49990002, -0.49990002},
        GroupAdvantage.standardized(Variance.SAMPLE, 1e-4, ONE_OF_FOUR),
        5e-9);
    assertArrayEquals(
        new double[] {1.73205077, -0.57735026, -0.57735026, -0.57735026},
        GroupAdvantage.standardized(Variance.POPULATION, 1e-8, ONE_OF_FOUR),
        5e-9);
    assertArrayEquals(
        new double[] {0.75, -0.25, -0.25, -0.25}, GroupAdvantage.centred(ONE_OF_FOUR));
    assertArrayEquals(
        new double[] {0, third, third, third},
        GroupAdvantage.leaveOneOutBaseline(ONE_OF_FOUR),
        1e-15);
    assertArrayEquals(
        new double[] {1, -third, -third, -third}, GroupAdvantage.leaveOneOut(ONE_OF_FOUR), 1e-15);
    assertArrayEquals(new double[] {3, -1, -1, -1}, GroupAdvantage.perSuccess(ONE_OF_FOUR));
  }

  @Property
  @Proves(
      value = {"RLOO_GRPO_EQUIV", "RLOO_advantage_alt", "RLOO_ADV_AGAIN"},
      by = Proof.IDENTITY)
  void leaveOneOutIsCentredTimesGOverGMinusOne(
      @ForAll @Size(min = 2, max = 16) List<@DoubleRange(min = -100, max = 100) Double> list) {
    double[] rewards = list.stream().mapToDouble(x -> x).toArray();
    double[] centred = GroupAdvantage.centred(rewards);
    double[] leaveOneOut = GroupAdvantage.leaveOneOut(rewards);
    double factor = rewards.length / (rewards.length - 1.0);
    for (int i = 0; i < rewards.length; i++) {
      assertEquals(factor * centred[i], leaveOneOut[i], 1e-11);
    }
  }

  @Property
  @Proves(
      value = {"GRPO_ADV", "DrGRPO_ADV"},
      by = Proof.IDENTITY)
  void advantagesIgnoreAShiftAndSumToZero(
      @ForAll @Size(min = 2, max = 16) List<@DoubleRange(min = -1, max = 1) Double> list,
      @ForAll @DoubleRange(min = -100, max = 100) double shift) {
    double[] rewards = list.stream().mapToDouble(x -> x).toArray();
    double[] shifted = rewards.clone();
    for (int i = 0; i < rewards.length; i++) {
      shifted[i] += shift;
    }
    double[] advantages = GroupAdvantage.standardized(Variance.SAMPLE, 1e-2, rewards);
    double sum = 0;
    for (double advantage : advantages) {
      sum += advantage;
      assertTrue(Double.isFinite(advantage));
    }
    assertEquals(0, sum, 1e-9);
    assertArrayEquals(
        advantages, GroupAdvantage.standardized(Variance.SAMPLE, 1e-2, shifted), 1e-9);
  }

  @Test
  void withBinaryRewardsTheDeviationIsAtMostOneHalf() {
    // the book says that leaving the deviation out scales the advantage up; for 0/1 rewards it
    // scales it down by at least 2, see docs/errata.md
    for (int successes = 1; successes < 8; successes++) {
      double[] rewards = new double[8];
      for (int i = 0; i < successes; i++) {
        rewards[i] = 1;
      }
      double centred = GroupAdvantage.centred(rewards)[0];
      double standardized = GroupAdvantage.standardized(Variance.POPULATION, 1e-12, rewards)[0];
      assertTrue(Math.abs(centred) <= 0.5 * Math.abs(standardized) + 1e-9);
    }
  }

  @Test
  void trap2EqualRewardsTeachNothing() {
    double[] equal = {0.3, 0.3, 0.3};
    assertFalse(GroupAdvantage.isInformative(equal));
    assertFalse(GroupAdvantage.isInformative(0.3));
    assertFalse(GroupAdvantage.isInformative());
    assertTrue(GroupAdvantage.isInformative(0.3, 0.3, 0.4));
    assertArrayEquals(new double[3], GroupAdvantage.leaveOneOut(equal), 1e-16);
    assertArrayEquals(new double[3], GroupAdvantage.perSuccess(0, 0, 0));
    assertArrayEquals(new double[3], GroupAdvantage.perSuccess(1, 1, 1));
    // mean(.3, .3, .3) is .3 less one unit in the last place; epsilon keeps that from growing
    assertArrayEquals(
        new double[3], GroupAdvantage.standardized(Variance.SAMPLE, 1e-4, equal), 1e-11);
  }

  @Test
  void aGroupOfOne() {
    assertArrayEquals(new double[] {0}, GroupAdvantage.standardized(Variance.SAMPLE, 1e-6, 5));
    Exception refused =
        assertThrows(IllegalArgumentException.class, () -> GroupAdvantage.leaveOneOut(5));
    assertEquals("leave-one-out needs at least 2 answers a prompt, got 1", refused.getMessage());
    assertArrayEquals(new double[] {2, -2}, GroupAdvantage.leaveOneOut(3, 1));
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> GroupAdvantage.perSuccess(0, 0.5));
    assertThrows(
        IllegalArgumentException.class,
        () -> GroupAdvantage.standardized(Variance.SAMPLE, 0, 1, 2));
  }
}
