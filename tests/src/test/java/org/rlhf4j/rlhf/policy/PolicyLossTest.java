package org.rlhf4j.rlhf.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Differentiated;
import org.rlhf4j.rlhf.Differentiated.Input;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;
import org.rlhf4j.rlhf.kl.KlEstimator;
import org.rlhf4j.rlhf.kl.KlInLoss;
import org.rlhf4j.rlhf.kl.NoKl;

class PolicyLossTest {
  private static final double NAN = Double.NaN;
  private static final PolicyLoss PPO =
      new PolicyLoss(
          ImportanceRatio.TOKEN,
          new ClippedSurrogate(0.2),
          new NoKl(),
          new Aggregation.TokenMean());

  private static Differentiated loss(
      PolicyLoss loss,
      double[][] logprobs,
      double[][] old,
      double[][] reference,
      double[][] advantages,
      boolean[][] mask,
      Map<String, Double> metrics) {
    return Differentiated.of(
        in -> {
          LossOutput output =
              loss.apply(new PolicyBatch(in.get(0), old, reference, advantages, mask));
          metrics.putAll(output.metrics());
          return output.loss();
        },
        Input.of(logprobs));
  }

  @Test
  @Proves(
      value = {"PPO_EQN_EXPANDED", "PPO_POL_RATIO"},
      by = Proof.CLOSED_FORM)
  void trap7MaskedPositionsNeverLeak() {
    double[][] logprobs = {{Math.log(0.5), Math.log(0.3), NAN}, {Math.log(0.2), NAN, 1e30}};
    double[][] old = {{Math.log(0.25), Math.log(0.3), NAN}, {Math.log(0.4), 7, NAN}};
    double[][] advantages = {{1, -1, NAN}, {-2, NAN, NAN}};
    boolean[][] mask = {{true, true, false}, {true, false, false}};
    Map<String, Double> metrics = new java.util.HashMap<>();
    Differentiated result = loss(PPO, logprobs, old, new double[0][], advantages, mask, metrics);
    // objectives: min(2, 1.2) = 1.2; -1; min(-1, -1.6) = -1.6
    assertEquals(-(1.2 - 1 - 1.6) / 3, result.value(), 1e-14);
    assertArrayEquals(new double[] {0, 1 / 3.0, 0, 0, 0, 0}, result.gradients()[0], 1e-15);
    assertEquals((2 + 1 + 0.5) / 3, metrics.getOrDefault("ratio/mean", NAN), 1e-14);
    assertEquals(2, metrics.getOrDefault("ratio/max", NAN), 1e-14);
    assertEquals(1 / 3.0, metrics.getOrDefault("clip_fraction/high", NAN), 1e-15);
    assertEquals(1 / 3.0, metrics.getOrDefault("clip_fraction/low", NAN), 1e-15);
    // k3 of the samples' log-ratio log(old/pi): r - 1 - log r with r = pi/old
    double kl = (2 - 1 - Math.log(2)) + 0 + (0.5 - 1 - Math.log(0.5));
    assertEquals(kl / 3, metrics.getOrDefault("approx_kl", NAN), 1e-14);
    assertEquals(result.value(), metrics.getOrDefault("policy_loss", NAN), 1e-15);
    // a good token between the bounds is not clipped
    double[][] between = {{Math.log(0.9), 0, 0}, {0, 0, 0}};
    boolean[][] one = {{true, false, false}, {false, false, false}};
    loss(
        PPO,
        between,
        new double[2][3],
        new double[0][],
        new double[][] {{1, 0, 0}, {0, 0, 0}},
        one,
        metrics);
    assertEquals(0, metrics.getOrDefault("clip_fraction/high", NAN));
  }

  private static Map<String, Double> metrics(
      ImportanceRatio ratio, Surrogate surrogate, double[][] ratios, double... advantages) {
    double[][] logprobs = new double[ratios.length][];
    for (int i = 0; i < ratios.length; i++) {
      logprobs[i] = Arrays.stream(ratios[i]).map(Math::log).toArray();
    }
    boolean[][] mask = new boolean[ratios.length][ratios[0].length];
    Arrays.stream(mask).forEach(row -> Arrays.fill(row, true));
    Map<String, Double> metrics = new java.util.HashMap<>();
    loss(
        new PolicyLoss(ratio, surrogate, new NoKl(), new Aggregation.TokenMean()),
        logprobs,
        new double[ratios.length][ratios[0].length],
        new double[0][],
        PolicyBatch.perToken(advantages, mask),
        mask,
        metrics);
    return metrics;
  }

  /** Of three answers the first is balanced, the second twice as likely, the third a fifth. */
  @Test
  void aRatioOfWholeAnswersIsTheOneThatIsClipped() {
    Map<String, Double> metrics =
        metrics(
            ImportanceRatio.SEQUENCE_MEAN,
            new ClippedSurrogate(0.2),
            new double[][] {{16, 0.0625}, {2, 2}, {0.04, 1}},
            1,
            1,
            -1);
    assertEquals(1 / 3.0, metrics.get("clip_fraction/high"), 1e-15);
    assertEquals(1 / 3.0, metrics.get("clip_fraction/low"), 1e-15);
    assertEquals(16, metrics.get("ratio/max"), 1e-13);
  }

  /** CISPO holds a weight whatever the advantage is; the dual clip a bad token's ratio too. */
  @Test
  void everyClippingSurrogateCountsWhatItHolds() {
    double[][] ratios = {{0.5, 1, 2, 4, 6}};
    Map<String, Double> cispo =
        metrics(ImportanceRatio.TOKEN, new ClippedWeightSurrogate(0.6, 5), ratios, -1);
    assertEquals(0.2, cispo.get("clip_fraction/low"), 1e-15);
    assertEquals(0.2, cispo.get("clip_fraction/high"), 1e-15);
    Map<String, Double> dual =
        metrics(ImportanceRatio.TOKEN, new DualClippedSurrogate(0.2, 0.2, 3), ratios, -1);
    assertEquals(0.2, dual.get("clip_fraction/low"), 1e-15);
    assertEquals(0.4, dual.get("clip_fraction/high"), 1e-15);
    assertEquals(
        0.6,
        metrics(ImportanceRatio.TOKEN, new DualClippedSurrogate(0.2, 0.2, 3), ratios, 1)
            .get("clip_fraction/high"),
        1e-15);
  }

  @Test
  void trap2TheLossIsZeroAndTheGradientIsNot() {
    double[][] logprobs = {{-1, -2}, {-3, -1}};
    double[][] advantages = PolicyBatch.perToken(new double[] {1, -1}, new boolean[2][2]);
    boolean[][] mask = {{true, true}, {true, true}};
    Differentiated result =
        loss(PPO, logprobs, logprobs, new double[0][], advantages, mask, new java.util.HashMap<>());
    assertEquals(0, result.value());
    assertArrayEquals(new double[] {-0.25, -0.25, 0.25, 0.25}, result.gradients()[0]);
  }

  @Test
  @Proves(
      value = {"GRPO", "GRPO_token"},
      by = Proof.CLOSED_FORM)
  void klInTheLossIsAddedWithItsCoefficient() {
    double[][] logprobs = {{-1, -2}, {-3, NAN}};
    double[][] reference = {{-1.5, -1}, {-3, NAN}};
    boolean[][] mask = {{true, true}, {true, false}};
    PolicyLoss grpo =
        new PolicyLoss(
            ImportanceRatio.TOKEN,
            new ClippedSurrogate(0.2),
            new KlInLoss(KlEstimator.K3, 0.04),
            new Aggregation.SequenceMean());
    Map<String, Double> metrics = new java.util.HashMap<>();
    Differentiated result =
        loss(grpo, logprobs, logprobs, reference, new double[2][2], mask, metrics);
    double first = Math.exp(-0.5) - 1 + 0.5;
    double second = Math.exp(1) - 1 - 1;
    assertEquals(0.04 * ((first + second) / 2 + 0) / 2, result.value(), 1e-15);
    assertEquals(metrics.getOrDefault("kl_loss", NAN), result.value(), 1e-15);
    assertEquals(0, metrics.getOrDefault("policy_loss", NAN));
    // the penalty is paid: where the policy is above the reference, its log-probability is pushed
    // down
    assertTrue(result.gradients()[0][0] > 0 && result.gradients()[0][1] < 0);
    assertThrows(
        IllegalArgumentException.class,
        () -> loss(grpo, logprobs, logprobs, new double[0][], new double[2][2], mask, metrics));
  }

  @Test
  void sequenceRatios() {
    // log-ratios (.3, -.1) and (.2): sum .2 and .2, mean .1 and .2
    double[][] logprobs = {{-1, -2}, {-3, NAN}};
    double[][] old = {{-1.3, -1.9}, {-3.2, NAN}};
    double[][] advantages = {{1, 1}, {2, NAN}};
    boolean[][] mask = {{true, true}, {true, false}};
    for (ImportanceRatio ratio : ImportanceRatio.values()) {
      double[] first =
          switch (ratio) {
            case NONE -> new double[] {1, 1};
            case TOKEN -> new double[] {Math.exp(0.3), Math.exp(-0.1)};
            case SEQUENCE_MEAN -> new double[] {Math.exp(0.1), Math.exp(0.1)};
            case SEQUENCE -> new double[] {Math.exp(0.2), Math.exp(0.2)};
          };
      double second = ratio == ImportanceRatio.NONE ? 1 : Math.exp(0.2);
      PolicyLoss plain =
          new PolicyLoss(ratio, new PlainSurrogate(), new NoKl(), new Aggregation.SequenceMean());
      Differentiated result =
          loss(plain, logprobs, old, new double[0][], advantages, mask, new java.util.HashMap<>());
      assertEquals(-((first[0] + first[1]) / 2 + 2 * second) / 2, result.value(), 1e-14);
      double each =
          switch (ratio) {
            case NONE -> 0.25;
            case TOKEN -> Math.exp(0.3) / 4;
            case SEQUENCE_MEAN -> Math.exp(0.1) / 4;
            case SEQUENCE -> Math.exp(0.2) / 2;
          };
      assertEquals(-each, result.gradients()[0][0], 1e-14);
      assertEquals(-second, result.gradients()[0][2], 1e-14);
      assertEquals(0, result.gradients()[0][3]);
    }
  }

  @Test
  void trap14AccumulationIsExact() {
    double[][] logprobs = new double[8][5];
    double[][] old = new double[8][5];
    double[][] advantages = new double[8][5];
    boolean[][] mask = new boolean[8][5];
    java.util.Random random = new java.util.Random(3);
    for (int i = 0; i < 8; i++) {
      for (int t = 0; t < 5; t++) {
        logprobs[i][t] = -random.nextDouble();
        old[i][t] = -random.nextDouble();
        advantages[i][t] = random.nextGaussian();
        mask[i][t] = t <= i % 5;
      }
    }
    for (Aggregation aggregation :
        new Aggregation[] {
          new Aggregation.SequenceMean(), new Aggregation.TokenMean(),
          new Aggregation.FixedLength(5), new Aggregation.SequenceSum()
        }) {
      PolicyLoss loss =
          new PolicyLoss(ImportanceRatio.TOKEN, new ClippedSurrogate(0.2), new NoKl(), aggregation);
      Differentiated whole =
          loss(loss, logprobs, old, new double[0][], advantages, mask, new java.util.HashMap<>());
      Totals totals = Totals.of(mask);
      double sum = 0;
      for (int start = 0; start < 8; start += 2) {
        int from = start;
        Differentiated micro =
            Differentiated.of(
                in ->
                    loss.apply(
                            new PolicyBatch(
                                in.get(0),
                                java.util.Arrays.copyOfRange(old, from, from + 2),
                                java.util.Arrays.copyOfRange(advantages, from, from + 2),
                                java.util.Arrays.copyOfRange(mask, from, from + 2)),
                            totals)
                        .loss(),
                Input.of(java.util.Arrays.copyOfRange(logprobs, from, from + 2)));
        sum += micro.value();
        assertArrayEquals(
            java.util.Arrays.copyOfRange(whole.gradients()[0], from * 5, from * 5 + 10),
            micro.gradients()[0]);
      }
      assertEquals(whole.value(), sum, 1e-15);
    }
  }

  @Test
  void extremesStayFiniteInEveryPreset() {
    double[] extremes = {0, -1e-9, -50, -1e4};
    for (PolicyGradient preset : PolicyGradient.presets()) {
      PolicyLoss withKl =
          new PolicyLoss(
              preset.loss().ratio(),
              preset.loss().surrogate(),
              new KlInLoss(KlEstimator.K3, 0.1, true),
              preset.loss().aggregation());
      for (double now : extremes) {
        for (double before : extremes) {
          for (double reference : new double[] {0, before, -1e4}) {
            for (String backend : new String[] {"reference", "simd"}) {
              String at = preset.name() + " on " + backend + " at " + now + ", " + before;
              assertFinite(backend, withKl, now, before, reference, at);
            }
          }
        }
      }
    }
  }

  /** Two tokens, one token, and an answer whose every token is masked. */
  private static void assertFinite(
      String backend, PolicyLoss loss, double now, double before, double reference, String at) {
    double[][] old = {{before, -1}, {before, NAN}, {NAN, NAN}};
    double[][] references = {{reference, -1}, {reference, NAN}, {NAN, NAN}};
    double[][] advantages = {{2, 2}, {-2, NAN}, {NAN, NAN}};
    boolean[][] mask = {{true, true}, {true, false}, {false, false}};
    Map<String, Double> metrics = new java.util.HashMap<>();
    Differentiated result =
        Differentiated.on(
            backend,
            in -> {
              LossOutput output =
                  loss.apply(new PolicyBatch(in.get(0), old, references, advantages, mask));
              metrics.putAll(output.metrics());
              return output.loss();
            },
            Input.of(new double[][] {{now, -1}, {now, NAN}, {NAN, NAN}}));
    assertTrue(Double.isFinite(result.value()), at);
    for (double slope : result.gradients()[0]) {
      assertTrue(Double.isFinite(slope), at);
    }
    metrics.forEach((name, value) -> assertTrue(Double.isFinite(value), at + name));
  }

  @Test
  void nonsenseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new ClippedSurrogate(0));
    assertThrows(IllegalArgumentException.class, () -> new ClippedSurrogate(1));
    assertThrows(IllegalArgumentException.class, () -> new ClippedSurrogate(0.2, 0));
    assertThrows(IllegalArgumentException.class, () -> new ClippedSurrogate(NAN));
    assertThrows(IllegalArgumentException.class, () -> new DualClippedSurrogate(0.2, 0.2, 1.2));
    assertThrows(IllegalArgumentException.class, () -> new ClippedWeightSurrogate(-0.1, 2));
    assertThrows(IllegalArgumentException.class, () -> new ClippedWeightSurrogate(1.1, 2));
    assertThrows(IllegalArgumentException.class, () -> new ClippedWeightSurrogate(0, 0.9));
    assertThrows(IllegalArgumentException.class, () -> new SoftGateSurrogate(0, 1));
    assertThrows(IllegalArgumentException.class, () -> new SoftGateSurrogate(1, 0));
    double[][] two = new double[2][2];
    boolean[][] mask = {{true, true}, {true, true}};
    Exception shape =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                loss(
                    PPO,
                    new double[1][2],
                    two,
                    new double[0][],
                    two,
                    mask,
                    new java.util.HashMap<>()));
    assertEquals("logprobs [1, 2] and mask [2, 2] must have the same shape", shape.getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> loss(PPO, two, new double[2][3], two, two, mask, new java.util.HashMap<>()));
    assertThrows(
        IllegalArgumentException.class,
        () -> loss(PPO, two, two, new double[1][2], two, mask, new java.util.HashMap<>()));
    assertThrows(
        IllegalArgumentException.class,
        () -> loss(PPO, two, two, two, new double[1][2], mask, new java.util.HashMap<>()));
    assertThrows(IllegalArgumentException.class, () -> PolicyBatch.perToken(new double[3], mask));
    assertThrows(
        IllegalArgumentException.class,
        () -> loss(PPO, two, two, two, two, new boolean[2][2], new java.util.HashMap<>()));
  }
}
