package org.rlhf4j.rlhf.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;

class ReturnsTest {
  private static boolean[] all(int n) {
    boolean[] mask = new boolean[n];
    Arrays.fill(mask, true);
    return mask;
  }

  @Test
  @Proves(
      value = {"return_definition", "recursive_return", "finite_horizon_return"},
      by = Proof.CLOSED_FORM)
  void geometricSeries() {
    // r = 1 for ever: G_0 = (1 - gamma^4) / (1 - gamma)
    double[] returns = Returns.discounted(new double[] {1, 1, 1, 1}, all(4), 0.5);
    assertArrayEquals(new double[] {1.875, 1.75, 1.5, 1}, returns, 0);
    assertEquals(1.875, Returns.total(new double[] {1, 1, 1, 1}, all(4), 0.5));
  }

  @Property
  @Proves(
      value = {"return_definition", "recursive_return"},
      by = Proof.IDENTITY)
  void recursionIsTheSum(
      @ForAll @Size(min = 1, max = 12) List<@DoubleRange(min = -10, max = 10) Double> list,
      @ForAll @DoubleRange(min = 0, max = 1) double gamma) {
    double[] rewards = list.stream().mapToDouble(x -> x).toArray();
    double[] returns = Returns.discounted(rewards, all(rewards.length), gamma);
    for (int t = 0; t < rewards.length; t++) {
      double sum = 0;
      for (int k = 0; t + k < rewards.length; k++) {
        sum += Math.pow(gamma, k) * rewards[t + k];
      }
      assertEquals(sum, returns[t], 1e-11);
    }
  }

  @Test
  void toolOutputsAreTransparent() {
    double[] rewards = {1, Double.NaN, Double.NaN, 4};
    boolean[] mask = {true, false, false, true};
    assertArrayEquals(new double[] {3, 0, 0, 4}, Returns.discounted(rewards, mask, 0.5));
    assertEquals(4, Returns.total(new double[] {9, 4}, new boolean[] {false, true}, 0.5));
    assertEquals(0, Returns.total(new double[] {9}, new boolean[] {false}, 0.5));
  }

  @Test
  void gammaOneIsAllowedAndMoreIsNot() {
    assertEquals(3, Returns.total(new double[] {1, 1, 1}, all(3), 1));
    assertEquals(1, Returns.total(new double[] {1, 1, 1}, all(3), 0));
    assertThrows(IllegalArgumentException.class, () -> Returns.total(new double[1], all(1), 1.01));
    assertThrows(IllegalArgumentException.class, () -> Returns.total(new double[1], all(1), -0.01));
    assertThrows(
        IllegalArgumentException.class, () -> Returns.total(new double[1], all(1), Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> Returns.total(new double[1], all(2), 1));
  }
}
