package org.rlhf4j.rlhf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.rlhf4j.rlhf.Differentiated.Input;
import org.rlhf4j.rlhf.direct.Bco;
import org.rlhf4j.rlhf.direct.Dpo;
import org.rlhf4j.rlhf.direct.PairLogprobs;
import org.rlhf4j.rlhf.direct.PreferenceBatch;
import org.rlhf4j.rlhf.direct.SimPo;
import org.rlhf4j.rlhf.distill.Distillation;
import org.rlhf4j.rlhf.evaluate.BradleyTerryFit;
import org.rlhf4j.rlhf.evaluate.LengthControlledWinRate;
import org.rlhf4j.rlhf.evaluate.MultipleChoice;
import org.rlhf4j.rlhf.evaluate.WinRate;
import org.rlhf4j.rlhf.instruct.LikelihoodLoss;
import org.rlhf4j.rlhf.instruct.NextToken;
import org.rlhf4j.rlhf.kl.ExactKl;
import org.rlhf4j.rlhf.kl.KlController;
import org.rlhf4j.rlhf.kl.KlInReward;
import org.rlhf4j.rlhf.kl.NoKl;
import org.rlhf4j.rlhf.kl.OptimalPolicy;
import org.rlhf4j.rlhf.kl.TruncatedSupport;
import org.rlhf4j.rlhf.policy.Aggregation;
import org.rlhf4j.rlhf.policy.ClippedSurrogate;
import org.rlhf4j.rlhf.policy.Gae;
import org.rlhf4j.rlhf.policy.GroupAdvantage;
import org.rlhf4j.rlhf.policy.ImportanceRatio;
import org.rlhf4j.rlhf.policy.PolicyBatch;
import org.rlhf4j.rlhf.policy.PolicyLoss;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.policy.ValueLoss;
import org.rlhf4j.rlhf.preference.BradleyTerry;
import org.rlhf4j.rlhf.reward.OutcomeRewardLoss;
import org.rlhf4j.rlhf.reward.RewardModelLoss;
import org.rlhf4j.rlhf.select.RejectionSampling;

/** Inputs exactly at the limits of what is allowed, and shapes that differ in one place only. */
class EdgesTest {
  private static void assertRefused(Executable... executables) {
    for (Executable executable : executables) {
      assertThrows(IllegalArgumentException.class, executable);
    }
  }

  @Test
  void rowsThatDifferInOnePlace() {
    double[][] one = new double[1][2];
    boolean[][] two = new boolean[2][2];
    assertRefused(
        () -> Rows.sum(new double[2], new boolean[3]),
        () -> Rows.sums(one, two),
        () -> Rows.unmasked(one, two),
        () -> Rows.requireSameShape("a", one, "b", new double[1][3]));
    assertDoesNotThrow(() -> Rows.requireSameShape("a", one, "b", new double[1][2]));
    KlInReward penalty = new KlInReward(0);
    double[] three = new double[3];
    boolean[] mask = {true, true};
    assertRefused(
        () -> penalty.rewards(0, three, new double[2], mask),
        () -> penalty.rewards(0, new double[2], three, mask),
        () ->
            penalty.rewards(
                new double[3], new double[2][2], new double[2][2], new boolean[][] {mask, mask}),
        () ->
            penalty.rewards(
                new double[1], new double[2][2], new double[1][2], new boolean[][] {mask}),
        () ->
            penalty.rewards(
                new double[1], new double[1][2], new double[2][2], new boolean[][] {mask}),
        () -> new Gae(1, 1).estimate(new double[1][2], new double[2][2], new boolean[][] {mask}),
        () -> MultipleChoice.normalizedAnswer(new double[2], new int[] {1, 1, 1}),
        () -> RejectionSampling.randomOverall(new double[1][2], 3, new SplittableRandom(1)));
  }

  @Test
  void constantsOfOtherShapes() {
    boolean[][] ragged = {{true, true}, {true}};
    boolean[][] mask = {{true, true}};
    assertRefused(
        () ->
            Differentiated.of(
                in -> Constants.masked("x", in.get(0), ragged), Input.of(new double[2][2])),
        () ->
            Differentiated.of(
                in -> Constants.of(in.get(0).tape(), "x", new double[1][3], mask), Input.of(1)),
        () ->
            Differentiated.of(
                in -> OutcomeRewardLoss.perToken(in.get(0), new boolean[3], mask, Totals.of(mask)),
                Input.of(new double[1][2])),
        () ->
            Differentiated.of(
                in -> RewardModelLoss.softplusForm(in.get(0), in.get(1)),
                Input.of(new double[1][2]),
                Input.of(new double[1][2])),
        // these would broadcast
        () ->
            Differentiated.of(
                in -> Distillation.crossEntropy(in.get(0), in.get(1)),
                Input.of(new double[1][3]),
                Input.of(new double[2][3])),
        () ->
            Differentiated.of(
                in -> Distillation.jensenShannon(in.get(0), in.get(1), 0.5),
                Input.of(new double[1][3]),
                Input.of(new double[2][3])),
        () ->
            Differentiated.of(
                in ->
                    PreferenceBatch.of(
                            new PairLogprobs(in.get(0), in.get(0)),
                            new PairLogprobs(in.get(1), in.get(1)))
                        .margin(),
                Input.of(1, 2),
                Input.of(1)));
    // one vector is one row
    assertEquals(
        Math.log(2),
        Differentiated.of(in -> ExactKl.of(in.get(0), in.get(1)), Input.of(800, 0), Input.of(0, 0))
            .value(),
        1e-12);
  }

  @Test
  void limitsThatAreAllowed() {
    double[] one = {0};
    assertEquals(3, OptimalPolicy.objective(one, new double[] {-5}, new double[] {3}, 0));
    assertEquals(1, new KlController.Adaptive(1, 6, 10).after(60, 0).coefficient());
    assertArrayEquals(new boolean[] {false, true}, TruncatedSupport.topK(new double[] {0, 1}, 1));
    assertArrayEquals(new boolean[] {true, true}, TruncatedSupport.topP(new double[] {0, 0}, 1));
    assertArrayEquals(new boolean[] {true, false}, TruncatedSupport.topP(new double[] {0, 0}, 0.5));
    assertArrayEquals(
        new boolean[] {true, true}, NextToken.completionMask(new int[] {0}, new int[] {2}, 2)[0]);
    assertArrayEquals(
        new boolean[] {false, false}, NextToken.completionMask(new int[] {2}, new int[] {2}, 2)[0]);
    assertFalse(GroupAdvantage.isInformative(new double[2]));
    assertEquals(0, MultipleChoice.normalizedAnswer(new double[] {-1, -2}, new int[] {1, 1}));
    assertEquals(new WinRate(0, 1, 0), WinRate.ofScores(one, one));
    assertRefused(() -> BradleyTerry.fromStrengths(1, 0), () -> new ClippedSurrogate(1, 1));
    Differentiated held =
        Differentiated.of(
            in ->
                LikelihoodLoss.held(in.get(0), in.get(0), 0)
                    .add(LikelihoodLoss.mixed(in.get(0), in.get(0), 0)),
            Input.of(4));
    assertEquals(8, held.value());
    assertEquals(
        Math.log(0.5),
        Differentiated.of(
                in -> NextToken.logprobs(in.get(0), new int[][] {{0, 1}}, 1),
                new Input(org.rlhf4j.tensor.Shape.of(1, 2, 2), new double[4]))
            .value(),
        1e-15);
  }

  @Test
  void runningShiftOfTheBinaryClassifier() {
    Differentiated.of(
        in -> {
          PairLogprobs policy = new PairLogprobs(in.get(0), in.get(1));
          PairLogprobs reference = new PairLogprobs(in.get(1), in.get(2));
          PreferenceBatch batch = PreferenceBatch.of(policy, reference);
          // log-ratios 4 and 1: mean reward 0.5 * 2.5
          Bco moved = new Bco(0.5, 2).after(batch, 0.75);
          assertEquals(0.75 * 2 + 0.25 * 1.25, moved.shift(), 1e-15);
          assertEquals(0.5, moved.beta());
          assertEquals(1.25, new Bco(0.5, 2).after(batch, 0).shift(), 1e-15);
          assertRefused(() -> new Bco(0.5).after(batch, 1), () -> new Bco(0.5).after(batch, -0.1));
          assertEquals(
              new Dpo(0.1).apply(batch).loss().item(),
              new Dpo(0.1).apply(policy, reference).loss().item());
          return in.get(0);
        },
        Input.of(5),
        Input.of(1),
        Input.of(0));
    assertEquals(new SimPo(10, 3), SimPo.ofRatio(10, 0.3));
  }

  @Test
  void tiesAreNotCorrect() {
    Differentiated.of(
        in -> {
          PairLogprobs pair = new PairLogprobs(in.get(0), in.get(1));
          PreferenceBatch batch =
              PreferenceBatch.withoutReference(pair)
                  .withLengths(new double[] {1, 1}, new double[] {1, 1});
          // one tie, one pair in the wrong order
          assertEquals(0, new SimPo(1, 0).apply(batch).metric("rewards/accuracies"));
          assertEquals(0, new RewardModelLoss().apply(in.get(0), in.get(1)).metric("accuracy"));
          return in.get(0);
        },
        Input.of(-1, -2),
        Input.of(-1, -1));
  }

  @Test
  void policyMetricsTellOldFromNewAndTheSidesApart() {
    // ratios 1.5 (good), 1.5 (bad), 0.5 (good), 0.5 (bad), 0.5 (neither), 4 (neither)
    double[][] logprobs = {{0, 0, 0, 0, 0, 0}};
    double[][] old = {
      {-Math.log(1.5), -Math.log(1.5), Math.log(2), Math.log(2), Math.log(2), -Math.log(4)}
    };
    double[][] advantages = {{1, -1, 1, -1, 0, 0}};
    boolean[][] mask = {{true, true, true, true, true, true}};
    PolicyLoss ppo =
        new PolicyLoss(
            ImportanceRatio.TOKEN,
            new ClippedSurrogate(0.3, 0.4),
            new NoKl(),
            new Aggregation.TokenMean());
    Map<String, Double> metrics = new java.util.HashMap<>();
    Differentiated.of(
        in -> {
          LossOutput output = ppo.apply(new PolicyBatch(in.get(0), old, advantages, mask));
          metrics.putAll(output.metrics());
          return output.loss();
        },
        Input.of(logprobs));
    assertEquals(1 / 6.0, metrics.getOrDefault("clip_fraction/high", Double.NaN));
    assertEquals(1 / 6.0, metrics.getOrDefault("clip_fraction/low", Double.NaN));
    double kl = 0;
    for (double ratio : new double[] {1.5, 1.5, 0.5, 0.5, 0.5, 4}) {
      kl += ratio - 1 - Math.log(ratio);
    }
    assertEquals(kl / 6, metrics.getOrDefault("approx_kl", Double.NaN), 1e-14);
    assertEquals(4, metrics.getOrDefault("ratio/max", Double.NaN), 1e-14);
  }

  @Test
  void valuesAreClippedAroundTheOldOnes() {
    // old 5: values 5.1 inside, 7 beyond towards the return 9, 3 beyond on the other side of return
    // 1
    double[][] values = {{5.1, 7, 3}};
    double[][] old = {{5, 5, 5}};
    double[][] returns = {{9, 9, 1}};
    boolean[][] mask = {{true, true, true}};
    Map<String, Double> metrics = new java.util.HashMap<>();
    Differentiated result =
        Differentiated.of(
            in -> {
              LossOutput output =
                  new ValueLoss(0.5).apply(in.get(0), old, returns, mask, Totals.of(mask));
              metrics.putAll(output.metrics());
              return output.loss();
            },
            Input.of(values));
    assertEquals(0.5 * (3.9 * 3.9 + 3.5 * 3.5 + 3.5 * 3.5) / 3, result.value(), 1e-13);
    assertArrayEquals(new double[] {-1.3, 0, 0}, result.gradients()[0], 1e-14);
    assertEquals(2 / 3.0, metrics.getOrDefault("value/clip_fraction", Double.NaN));
  }

  @Property(tries = 60, seed = "42")
  void harshTablesOfWinsAreFittedToo(@ForAll long seed) {
    // counts over many powers of ten, where Newton's full step overshoots
    Random random = new Random(seed);
    int n = 3 + random.nextInt(4);
    double[][] wins = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        boolean inCircle = j == (i + 1) % n;
        wins[i][j] =
            i == j || !(inCircle || random.nextBoolean()) ? 0 : Math.exp(6 * random.nextGaussian());
      }
    }
    BradleyTerryFit fit = BradleyTerryFit.of(wins);
    for (int i = 0; i < n; i++) {
      double observed = 0;
      double expected = 0;
      for (int j = 0; j < n; j++) {
        if (i != j) {
          observed += wins[i][j];
          expected += (wins[i][j] + wins[j][i]) * fit.probability(i, j);
        }
      }
      assertEquals(observed, expected, 1e-6 * Math.max(1, observed));
    }
    assertEquals(0, Arrays.stream(fit.strengths()).sum(), 1e-6);
  }

  @Test
  void aLengthThatSeparatesIsFittedToo() {
    double[] preferences = new double[40];
    double[] differences = new double[40];
    for (int i = 0; i < 40; i++) {
      differences[i] = i < 39 ? i - 20.5 : 4000;
      preferences[i] = i > 20 ? 1 : 0;
    }
    double ridge = 1e-6;
    LengthControlledWinRate fit = LengthControlledWinRate.fit(preferences, differences, ridge);
    double deviation = Variance.POPULATION.deviation(differences);
    double quality = -ridge * fit.quality();
    double length = -ridge * fit.length();
    for (int i = 0; i < 40; i++) {
      double feature = Math.tanh(differences[i] / deviation);
      double surprise = preferences[i] - LogSpace.sigmoid(fit.quality() + fit.length() * feature);
      quality += surprise;
      length += surprise * feature;
    }
    assertEquals(0, quality, 1e-9);
    assertEquals(0, length, 1e-9);
    assertTrue(fit.length() > 0);
  }
}
