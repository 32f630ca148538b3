package org.rlhf4j.rlhf.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class AggregationTest {
  private static boolean[][] lengths(int width, int... lengths) {
    boolean[][] mask = new boolean[lengths.length][width];
    for (int i = 0; i < lengths.length; i++) {
      for (int t = 0; t < lengths[i]; t++) {
        mask[i][t] = true;
      }
    }
    return mask;
  }

  private static double loss(Aggregation aggregation, double[][] losses, boolean[][] mask) {
    double[][] weights = aggregation.weights(mask);
    double sum = 0;
    for (int i = 0; i < losses.length; i++) {
      for (int t = 0; t < losses[i].length; t++) {
        sum += weights[i][t] * losses[i][t];
      }
    }
    return sum;
  }

  @Test
  void theBooksExample() {
    // answers of 5 and 10 tokens, loss 1 everywhere but 10 at the end: 2.35 by sequence; by token
    // the
    // book prints 2.27, true is 33/15 = 2.2
    double[][] losses = {{1, 1, 1, 1, 10, 0, 0, 0, 0, 0}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 10}};
    boolean[][] mask = lengths(10, 5, 10);
    assertEquals(2.35, loss(new Aggregation.SequenceMean(), losses, mask), 1e-14);
    assertEquals(2.2, loss(new Aggregation.TokenMean(), losses, mask), 1e-14);
    assertEquals(1.65, loss(new Aggregation.FixedLength(10), losses, mask), 1e-14);
    assertEquals(16.5, loss(new Aggregation.SequenceSum(), losses, mask), 1e-14);
  }

  @Test
  void weightsOfTheBooksScript() {
    // lengths 4 and 7, two rows: the script prints gradients .25 / .1429, .1429, .0909 before the
    // mean over the batch halves the first two
    boolean[][] mask = lengths(7, 4, 7);
    double[][] perSequence = new Aggregation.SequenceMean().weights(mask);
    assertEquals(0.25 / 2, perSequence[0][3]);
    assertEquals(1 / 7.0 / 2, perSequence[1][6], 1e-16);
    assertEquals(1 / 7.0 / 2, new Aggregation.FixedLength(7).weights(mask)[0][0], 1e-16);
    assertEquals(1 / 11.0, new Aggregation.TokenMean().weights(mask)[0][0], 1e-16);
    assertEquals(0, perSequence[0][4]);
  }

  @Test
  void trap14MicroBatchesAddUpToTheBatch() {
    boolean[][] all = lengths(6, 1, 6, 0, 3, 2, 6, 4, 5);
    Totals totals = Totals.of(all);
    assertEquals(new Totals(7, 27), totals);
    for (Aggregation aggregation :
        new Aggregation[] {
          new Aggregation.SequenceMean(),
          new Aggregation.TokenMean(),
          new Aggregation.FixedLength(6),
          new Aggregation.SequenceSum()
        }) {
      double[][] whole = aggregation.weights(all);
      for (int start = 0; start < 8; start += 2) {
        boolean[][] micro = {all[start], all[start + 1]};
        double[][] weights = aggregation.weights(micro, totals);
        assertArrayEquals(whole[start], weights[0]);
        assertArrayEquals(whole[start + 1], weights[1]);
      }
    }
    assertEquals(
        new Totals(7, 27),
        Totals.of(new boolean[][] {all[0], all[1], all[2]})
            .plus(Totals.of(new boolean[][] {all[3], all[4], all[5], all[6], all[7]})));
  }

  @Test
  void trap11AnEmptyAnswerWeighsNothing() {
    boolean[][] mask = lengths(4, 4, 0);
    assertArrayEquals(new double[4], new Aggregation.SequenceMean().weights(mask)[1]);
    assertEquals(0.25, new Aggregation.SequenceMean().weights(mask)[0][0]);
    assertThrows(IllegalArgumentException.class, () -> Totals.of(lengths(4, 0, 0)));
    assertThrows(IllegalArgumentException.class, () -> new Totals(2, 1));
    assertThrows(IllegalArgumentException.class, () -> new Aggregation.FixedLength(0));
  }
}
