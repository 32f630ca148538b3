package org.rlhf4j.rlhf.reward;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Differentiated;
import org.rlhf4j.rlhf.Differentiated.Input;
import org.rlhf4j.rlhf.LogSpace;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.preference.PlackettLuce;
import org.rlhf4j.tensor.Shape;

class RankingLossTest {
  private static Differentiated plackettLuce(double[][] rewards) {
    return Differentiated.of(in -> PlackettLuceLoss.losses(in.get(0)), Input.of(rewards));
  }

  private static Differentiated balanced(double[][] rewards) {
    return Differentiated.of(in -> PairBalancing.losses(in.get(0)), Input.of(rewards));
  }

  @Test
  @Proves(value = "kwise_rm", by = Proof.CLOSED_FORM)
  void knownRanking() {
    assertEquals(0.9060501045664155, plackettLuce(new double[][] {{3, 1, 0, -1}}).value(), 1e-15);
  }

  @Property(tries = 60)
  @Proves(value = "kwise_rm", by = Proof.IDENTITY)
  void lossIsMinusLogProbabilityAndShiftInvariant(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 6) int answers) {
    Random random = new Random(seed);
    double[] first = random.doubles(answers, -4, 4).toArray();
    double[] second = java.util.Arrays.stream(first).map(r -> r + 3).toArray();
    Differentiated loss = plackettLuce(new double[][] {first, second});
    assertEquals(-PlackettLuce.logProbability(first), loss.values()[0], 1e-12);
    assertEquals(loss.values()[0], loss.values()[1], 1e-12);
    // d loss / d r_j = sum_{k <= j} softmax over {k..} at j, less 1
    for (int j = 0; j < answers; j++) {
      double slope = -1;
      for (int k = 0; k <= j && k < answers; k++) {
        double[] rest = java.util.Arrays.copyOfRange(first, k, answers);
        slope += LogSpace.softmax(rest)[j - k];
      }
      assertEquals(slope, loss.gradients()[0][j], 1e-12);
    }
  }

  @Test
  @Proves(
      value = {"kwise_rm", "rewardmodelinginstructgpt"},
      by = Proof.IDENTITY)
  void twoAnswersAreBradleyTerry() {
    double[][] pair = {{2, 0.5}};
    assertEquals(0.2014132780, plackettLuce(pair).value(), 5e-11);
    assertEquals(0.2014132780, balanced(pair).value(), 5e-11);
    double wrong = LogSpace.sigmoid(-1.5);
    assertArrayEquals(new double[] {-wrong, wrong}, plackettLuce(pair).gradients()[0], 1e-15);
    assertArrayEquals(new double[] {-wrong, wrong}, balanced(pair).gradients()[0], 1e-15);
  }

  @Test
  @Proves(value = "rewardmodelinginstructgpt", by = Proof.CLOSED_FORM)
  void everyPromptWeighsTheSame() {
    double expected =
        -(LogSpace.logSigmoid(1) + LogSpace.logSigmoid(3) + LogSpace.logSigmoid(2)) / 3;
    Differentiated loss = balanced(new double[][] {{3, 2, 0}, {0, 0, 0}});
    assertEquals(expected, loss.values()[0], 1e-15);
    assertEquals(Math.log(2), loss.values()[1], 1e-15);
    // best: loses 1 and 3; middle: wins against 2; worst
    double a = LogSpace.sigmoid(-1);
    double b = LogSpace.sigmoid(-3);
    double c = LogSpace.sigmoid(-2);
    assertArrayEquals(
        new double[] {-(a + b) / 3, (a - c) / 3, (b + c) / 3},
        java.util.Arrays.copyOf(loss.gradients()[0], 3),
        1e-15);
    // one prompt with 3 pairs, one with 1
    assertArrayEquals(
        new double[] {1 / 6.0, 1 / 6.0, 0.5, 1 / 6.0}, PairBalancing.weights(7, 7, 9, 7), 1e-16);
    assertEquals(0, PairBalancing.weights().length);
  }

  @Test
  void rankingExtremesAndShapes() {
    for (double[] slopes :
        new double[][] {
          plackettLuce(new double[][] {{-1e4, 0, 1e4}}).gradients()[0],
          balanced(new double[][] {{-1e4, 0, 1e4}}).gradients()[0]
        }) {
      for (double slope : slopes) {
        assertTrue(Double.isFinite(slope));
      }
    }
    for (double[][] wrong : new double[][][] {{{1}}, {{2}, {3}}}) {
      assertThrows(IllegalArgumentException.class, () -> plackettLuce(wrong));
      assertThrows(IllegalArgumentException.class, () -> balanced(wrong));
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> Differentiated.of(in -> PlackettLuceLoss.losses(in.get(0)), Input.of(1, 2)));
    assertThrows(
        IllegalArgumentException.class,
        () -> Differentiated.of(in -> PairBalancing.losses(in.get(0)), Input.of(1, 2)));
  }

  private static final boolean[][] MASK = {{true, true, false}, {true, false, false}};

  @Test
  @Proves(value = "orm_loss", by = Proof.CLOSED_FORM)
  void outcomeRewardsByTokenAndByAnswer() {
    double[][] logits = {{2, -1, Double.NaN}, {0.5, Double.NaN, 7}};
    boolean[] correct = {true, false};
    Differentiated perToken =
        Differentiated.of(
            in -> OutcomeRewardLoss.perToken(in.get(0), correct, MASK, Totals.of(MASK)),
            Input.of(logits));
    // the book's form, r log p + (1 - r) log(1 - p) with p = s(x)
    double p = LogSpace.sigmoid(0.5);
    double expected =
        -(Math.log(LogSpace.sigmoid(2)) + Math.log(LogSpace.sigmoid(-1)) + Math.log(1 - p)) / 3;
    assertEquals(expected, perToken.value(), 1e-15);
    assertArrayEquals(
        new double[] {-LogSpace.sigmoid(-2) / 3, -LogSpace.sigmoid(1) / 3, 0, p / 3, 0, 0},
        perToken.gradients()[0],
        1e-15);
    Differentiated perAnswer =
        Differentiated.of(
            in -> OutcomeRewardLoss.perAnswer(in.get(0), correct, MASK), Input.of(logits));
    assertEquals(
        -(Math.log(LogSpace.sigmoid(0.5)) + Math.log(1 - p)) / 2, perAnswer.value(), 1e-15);
    assertArrayEquals(
        new double[] {-(1 - p) / 4, -(1 - p) / 4, 0, p / 2, 0, 0}, perAnswer.gradients()[0], 1e-15);
    assertThrows(
        IllegalArgumentException.class,
        () ->
            Differentiated.of(
                in ->
                    OutcomeRewardLoss.perAnswer(
                        in.get(0), correct, new boolean[][] {{true, true, true}, {}}),
                Input.of(logits)));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            Differentiated.of(
                in -> OutcomeRewardLoss.perAnswer(in.get(0), correct, new boolean[2][3]),
                Input.of(logits)));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            Differentiated.of(
                in -> OutcomeRewardLoss.perAnswer(in.get(0), new boolean[3], MASK),
                Input.of(logits)));
  }

  @Test
  void outcomeRewardsOfExtremeLogits() {
    Differentiated loss =
        Differentiated.of(
            in ->
                OutcomeRewardLoss.perAnswer(
                    in.get(0), new boolean[] {true, false}, new boolean[][] {{true}, {true}}),
            Input.of(new double[][] {{40}, {1e4}}));
    assertEquals((Math.exp(-40) + 1e4) / 2, loss.value(), 1e-12);
    assertEquals(-Math.exp(-40) / 2, loss.gradients()[0][0], 1e-32);
    assertEquals(0.5, loss.gradients()[0][1]);
  }

  @Test
  void processRewardsCountAtStepEndsOnly() {
    double[] logits = new Random(6).doubles(2 * 3 * 3, -2, 2).toArray();
    int[][] labels = {{9, 1, -1}, {0, 9, 9}};
    boolean[][] ends = {{false, true, true}, {true, false, false}};
    Differentiated loss =
        Differentiated.of(
            in -> ProcessRewardLoss.apply(in.get(0), labels, ends, Totals.of(ends)),
            new Input(Shape.of(2, 3, 3), logits));
    double expected = 0;
    for (int[] at : new int[][] {{1, 2}, {2, 0}, {3, 1}}) {
      double[] row = java.util.Arrays.copyOfRange(logits, at[0] * 3, at[0] * 3 + 3);
      expected -= LogSpace.logSoftmax(row)[at[1]] / 3;
    }
    assertEquals(expected, loss.value(), 1e-14);
    assertEquals(0, loss.gradients()[0][0]);
    assertTrue(loss.gradients()[0][3 + 2] < 0);
    assertEquals(0.2, ProcessRewardLoss.minimum(0.9, 0.2, 0.5));
    assertEquals(0.09, ProcessRewardLoss.product(0.9, 0.2, 0.5), 1e-16);
    assertEquals(1, ProcessRewardLoss.minimum());
  }

  @Test
  void processLabelsAndShapesAreChecked() {
    Input logits = new Input(Shape.of(1, 1, 3), new double[3]);
    boolean[][] ends = {{true}};
    for (int label : new int[] {-2, 2}) {
      assertThrows(
          IllegalArgumentException.class,
          () ->
              Differentiated.of(
                  in ->
                      ProcessRewardLoss.apply(
                          in.get(0), new int[][] {{label}}, ends, Totals.of(ends)),
                  logits));
    }
    for (int[][] labels : new int[][][] {{}, {{0, 0}}}) {
      assertThrows(
          IllegalArgumentException.class,
          () ->
              Differentiated.of(
                  in -> ProcessRewardLoss.apply(in.get(0), labels, ends, Totals.of(ends)), logits));
    }
    assertThrows(
        IllegalArgumentException.class,
        () ->
            Differentiated.of(
                in -> ProcessRewardLoss.apply(in.get(0), new int[][] {{0}}, ends, Totals.of(ends)),
                new Input(Shape.of(1, 1, 2), new double[2])));
  }
}
