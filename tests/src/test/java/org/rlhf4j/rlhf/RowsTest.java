package org.rlhf4j.rlhf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class RowsTest {
  private static final double NAN = Double.NaN;

  @Test
  void maskedPositionsAreSkippedWhateverTheyHold() {
    double[][] values = {{1, NAN, 3}, {NAN, NAN, NAN}, {5, 6, Double.POSITIVE_INFINITY}};
    boolean[][] mask = {{true, false, true}, {false, false, false}, {true, true, false}};
    assertArrayEquals(new double[] {4, 0, 11}, Rows.sums(values, mask));
    assertArrayEquals(new double[] {1, 3, 5, 6}, Rows.unmasked(values, mask));
    assertEquals(4, Rows.count(mask));
    assertEquals(2, Rows.count(mask[0]));
  }

  @Test
  void disagreeingShapesAreNamed() {
    Exception rows =
        assertThrows(
            IllegalArgumentException.class,
            () -> Rows.requireSameShape("logprobs", new double[2][3], "mask", new boolean[3][3]));
    assertEquals("logprobs has 2 rows and mask has 3; they must agree", rows.getMessage());
    Exception columns =
        assertThrows(
            IllegalArgumentException.class,
            () -> Rows.requireSameShape("values", new double[2][3], "rewards", new double[2][4]));
    assertEquals(
        "values row 0 has 3 entries and rewards row 0 has 4; they must agree",
        columns.getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> Rows.requireSameShape("a", new double[1][3], "b", new double[2][3]));
    assertThrows(
        IllegalArgumentException.class,
        () -> Rows.requireSameShape("a", new double[1][3], "b", new boolean[1][2]));
  }

  @Test
  void theMeanOfNothingIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Rows.mean());
    assertEquals(2, Rows.mean(1, 2, 3));
    assertEquals(6, Rows.sum(1, 2, 3));
  }

  @Test
  void bothVariances() {
    assertEquals(1.25, Variance.POPULATION.of(1, 2, 3, 4));
    assertEquals(5 / 3.0, Variance.SAMPLE.of(1, 2, 3, 4), 1e-15);
    assertEquals(0, Variance.SAMPLE.of(7));
    assertEquals(0, Variance.POPULATION.of(7));
    assertEquals(Math.sqrt(1.25), Variance.POPULATION.deviation(1, 2, 3, 4), 1e-15);
    // a large mean costs no digits
    assertEquals(1.25, Variance.POPULATION.of(1e9 + 1, 1e9 + 2, 1e9 + 3, 1e9 + 4), 1e-9);
  }
}
