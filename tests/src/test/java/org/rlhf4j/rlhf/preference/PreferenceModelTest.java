package org.rlhf4j.rlhf.preference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;

class PreferenceModelTest {
  @Test
  @Proves(value = "bradterry", by = Proof.CLOSED_FORM)
  void strengths() {
    assertEquals(0.75, BradleyTerry.fromStrengths(3, 1));
    assertEquals(0.5, BradleyTerry.fromStrengths(1e300, 1e300));
    assertThrows(IllegalArgumentException.class, () -> BradleyTerry.fromStrengths(0, 1));
    assertThrows(IllegalArgumentException.class, () -> BradleyTerry.fromStrengths(1, -1));
  }

  @Property
  @Proves(
      value = {"bradterry", "bradterryrm", "bradley_terry_dpo"},
      by = Proof.IDENTITY)
  void rewardsAreLogarithmsOfStrengths(
      @ForAll @DoubleRange(min = -300, max = 300) double first,
      @ForAll @DoubleRange(min = -300, max = 300) double second) {
    double probability = BradleyTerry.fromRewards(first, second);
    assertEquals(BradleyTerry.fromStrengths(Math.exp(first), Math.exp(second)), probability, 1e-12);
    assertEquals(1, probability + BradleyTerry.fromRewards(second, first), 1e-15);
    assertEquals(
        BradleyTerry.logProbability(first, second),
        PlackettLuce.logProbability(first, second),
        1e-12 * Math.max(1, Math.abs(first - second)));
  }

  @Test
  @Proves(value = "kwise_rm", by = Proof.CLOSED_FORM)
  void fourAnswersInOrder() {
    assertEquals(-0.9060501045664155, PlackettLuce.logProbability(3, 1, 0, -1), 1e-15);
    assertEquals(0, PlackettLuce.logProbability(5));
    assertEquals(-Math.log(6), PlackettLuce.logProbability(1e4, 1e4, 1e4), 1e-11);
  }

  @Property(tries = 50)
  @Proves(value = "kwise_rm", by = Proof.ENUMERATION)
  void theRankingsOfFourAnswersHaveTotalProbabilityOne(@ForAll long seed) {
    double[] rewards = new Random(seed).doubles(4, -3, 3).toArray();
    List<int[]> orders = permutations(4);
    double total = 0;
    double firstIsBest = 0;
    for (int[] order : orders) {
      double[] ranked = new double[4];
      for (int k = 0; k < 4; k++) {
        ranked[k] = rewards[order[k]];
      }
      double probability = Math.exp(PlackettLuce.logProbability(ranked));
      total += probability;
      firstIsBest += order[0] == 0 ? probability : 0;
    }
    assertEquals(24, orders.size());
    assertEquals(1, total, 1e-13);
    double partition = 0;
    for (double reward : rewards) {
      partition += Math.exp(reward);
    }
    // the winner of a Plackett-Luce ranking is drawn from a softmax
    assertEquals(Math.exp(rewards[0]) / partition, firstIsBest, 1e-13);
  }

  private static List<int[]> permutations(int n) {
    if (n == 0) {
      return List.of(new int[0]);
    }
    List<int[]> longer = new ArrayList<>();
    for (int[] shorter : permutations(n - 1)) {
      for (int place = 0; place < n; place++) {
        int[] one = new int[n];
        for (int k = 0, from = 0; k < n; k++) {
          one[k] = k == place ? n - 1 : shorter[from++];
        }
        longer.add(one);
      }
    }
    return longer;
  }
}
