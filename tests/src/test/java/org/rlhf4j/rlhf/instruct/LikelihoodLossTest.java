package org.rlhf4j.rlhf.instruct;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Differentiated;
import org.rlhf4j.rlhf.Differentiated.Input;
import org.rlhf4j.rlhf.LogSpace;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.transformer.Columns;

class LikelihoodLossTest {
  private static final int[][] IDS = {{0, 2, 1, 1}, {1, 0, 2, 2}};
  private static final double[] LOGITS = new Random(4).doubles(2 * 4 * 3, -2, 2).toArray();

  private static Input logits() {
    return new Input(Shape.of(2, 4, 3), LOGITS);
  }

  private static double logprob(int row, int time, double temperature) {
    double[] at = new double[3];
    for (int v = 0; v < 3; v++) {
      at[v] = LOGITS[(row * 4 + time) * 3 + v] / temperature;
    }
    return LogSpace.logSoftmax(at)[IDS[row][time + 1]];
  }

  @Test
  @Proves(value = "llming", by = Proof.CLOSED_FORM)
  void trap3LogprobsAreShiftedAndAtTheTemperature() {
    for (double temperature : new double[] {1, 0.7, 2}) {
      Differentiated result =
          Differentiated.of(in -> NextToken.logprobs(in.get(0), IDS, temperature), logits());
      for (int row = 0; row < 2; row++) {
        for (int time = 0; time < 3; time++) {
          assertEquals(logprob(row, time, temperature), result.values()[row * 3 + time], 1e-14);
        }
      }
      // the last logits predict nothing
      assertEquals(0, result.gradients()[0][11]);
      assertEquals(0, result.gradients()[0][23]);
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> Differentiated.of(in -> NextToken.logprobs(in.get(0), IDS, 0), logits()));
  }

  /** Where only some columns of logits are known, the others have log-probability 0. */
  @Test
  void logprobsOfSomeColumnsStandAtTheirPlaces() {
    for (Columns columns : List.of(new Columns(0, 2), new Columns(1, 2), new Columns(1, 3))) {
      Differentiated some =
          Differentiated.of(
              in ->
                  NextToken.logprobs(
                      in.get(0).slice(1, columns.from(), columns.to()), IDS, columns, 0.7),
              logits());
      assertEquals(6, some.values().length);
      for (int row = 0; row < 2; row++) {
        for (int time = 0; time < 3; time++) {
          boolean known = time >= columns.from() && time < columns.to();
          double expected = known ? logprob(row, time, 0.7) : 0;
          assertEquals(expected, some.values()[row * 3 + time], 1e-14);
        }
      }
    }
  }

  @Test
  @Proves(value = "nll", by = Proof.CLOSED_FORM)
  void trap6TheMaskShiftsWithTheLabels() {
    // learn the last two tokens of the first answer, the last of the second
    boolean[][] mask = {{false, false, true, true}, {true, false, false, true}};
    Totals totals = Totals.of(NextToken.labels(mask));
    assertEquals(new Totals(2, 3), totals);
    double expected = -(logprob(0, 1, 1) + logprob(0, 2, 1) + logprob(1, 2, 1)) / 3;
    Differentiated result =
        Differentiated.of(
            in -> {
              LossOutput output = LikelihoodLoss.apply(in.get(0), IDS, mask, totals);
              assertEquals(expected, output.metric("nll"), 1e-14);
              return output.loss();
            },
            logits());
    assertEquals(expected, result.value(), 1e-14);
    // gradient (softmax - onehot) / 3 at time 1 of row 0; none at time 0
    double[] row = LogSpace.softmax(LOGITS[3], LOGITS[4], LOGITS[5]);
    assertArrayEquals(
        new double[] {0, 0, 0, row[0] / 3, (row[1] - 1) / 3, row[2] / 3},
        java.util.Arrays.copyOf(result.gradients()[0], 6),
        1e-15);
  }

  @Test
  void trap8TheEosIsLearnedEvenWherePaddingLooksLikeIt() {
    // token 2 is EOS and padding; the answer is [1, 2], then padding
    boolean[][] mask = NextToken.completionMask(new int[] {1, 2}, new int[] {3, 4}, 5);
    assertArrayEquals(new boolean[] {false, true, true, false, false}, mask[0]);
    assertArrayEquals(new boolean[] {false, false, true, true, false}, mask[1]);
    assertArrayEquals(new boolean[] {true, true, false, false}, NextToken.labels(mask)[0]);
    for (int[][] wrong : new int[][][] {{{-1}, {3}}, {{4}, {3}}, {{1}, {6}}, {{1, 1}, {3}}}) {
      assertThrows(
          IllegalArgumentException.class, () -> NextToken.completionMask(wrong[0], wrong[1], 5));
    }
  }

  @Test
  void shapesThatDoNotFitAreRefused() {
    for (int[][] ids : new int[][][] {{{0, 1, 2, 0}}, {{0, 1, 2}, {0, 1, 2}}}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> Differentiated.of(in -> NextToken.logprobs(in.get(0), ids, 1), logits()));
    }
    assertThrows(
        IllegalArgumentException.class,
        () ->
            Differentiated.of(
                in -> NextToken.logprobs(in.get(0), new int[][] {{0}}, 1),
                new Input(Shape.of(1, 1, 3), new double[3])));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            Differentiated.of(
                in -> NextToken.logprobs(in.get(0), new int[][] {{0, 1}}, 1),
                new Input(Shape.of(1, 2), new double[2])));
  }

  @Test
  @Proves(value = "objective_pretraining", by = Proof.CLOSED_FORM)
  void mixtures() {
    Differentiated mixed =
        Differentiated.of(
            in -> LikelihoodLoss.mixed(in.get(0), in.get(1), 27.8), Input.of(2), Input.of(3));
    assertEquals(2 + 27.8 * 3, mixed.value(), 1e-13);
    assertEquals(27.8, mixed.gradients()[1][0]);
    assertEquals(1, mixed.gradients()[0][0]);
    Differentiated held =
        Differentiated.of(
            in -> LikelihoodLoss.held(in.get(0), in.get(1), 0.5), Input.of(2), Input.of(-3));
    assertEquals(3.5, held.value());
    assertEquals(-0.5, held.gradients()[1][0]);
    assertThrows(
        IllegalArgumentException.class,
        () -> Differentiated.of(in -> LikelihoodLoss.mixed(in.get(0), in.get(0), -1), Input.of(2)));
    assertThrows(
        IllegalArgumentException.class,
        () -> Differentiated.of(in -> LikelihoodLoss.held(in.get(0), in.get(0), -1), Input.of(2)));
  }
}
