package org.rlhf4j.rlhf.kl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Differentiated;
import org.rlhf4j.rlhf.Differentiated.Input;
import org.rlhf4j.rlhf.LogSpace;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;

class KlEstimatorTest {
  private static final double[] POLICY = {0.7, 0.2, 0.1};
  private static final double[] REFERENCE = {0.5, 0.3, 0.2};

  private static double expected(KlEstimator estimator, double[] policy, double[] reference) {
    double sum = 0;
    for (int y = 0; y < policy.length; y++) {
      sum += policy[y] * estimator.of(Math.log(policy[y]) - Math.log(reference[y]));
    }
    return sum;
  }

  private static double[] logs(double[] probabilities) {
    return java.util.Arrays.stream(probabilities).map(Math::log).toArray();
  }

  /** Expected gradient by the logits of the policy, of samples that are held fixed. */
  private static double[] expectedGradient(KlInLoss kl, double[] logits, double[] oldProbs) {
    int n = logits.length;
    double[][] rows = new double[1][n];
    rows[0] = logits;
    return Differentiated.of(
            in -> {
              Variable logprobs = in.get(0).logSoftmax();
              var tape = logprobs.tape();
              Variable old = tape.constant(logprobs.shape(), logs(oldProbs));
              Variable reference = tape.constant(logprobs.shape(), logs(REFERENCE));
              Variable weights = tape.constant(logprobs.shape(), oldProbs);
              return kl.penalty(logprobs, old, reference).mul(weights).sum();
            },
            Input.of(rows))
        .gradients()[0];
  }

  @Test
  @Proves(value = "kl_expectation", by = Proof.ENUMERATION)
  void expectedValuesOnThreeAnswers() {
    double kl = 0.0851228260;
    assertEquals(kl, expected(KlEstimator.K1, POLICY, REFERENCE), 5e-11);
    assertEquals(0.0800875942, expected(KlEstimator.K2, POLICY, REFERENCE), 5e-11);
    assertEquals(kl, expected(KlEstimator.K3, POLICY, REFERENCE), 5e-11);
    assertEquals(kl, expected(KlEstimator.K3_PLUS, POLICY, REFERENCE), 5e-11);
    assertTrue(expected(KlEstimator.ABSOLUTE, POLICY, REFERENCE) > kl);
    // the other direction needs the other samples, not the other sign
    assertEquals(0.0920328502, expected(KlEstimator.K3, REFERENCE, POLICY), 5e-11);
    double inverted = 0;
    for (int y = 0; y < 3; y++) {
      inverted += POLICY[y] * KlEstimator.K3.of(Math.log(REFERENCE[y] / POLICY[y]));
    }
    assertEquals(0.0782105074, inverted, 5e-11); // chi^2 - KL, what a wrong sign estimates
  }

  @Test
  @Proves(value = "kl_expectation", by = Proof.ENUMERATION)
  void trap15ExpectedGradientsOnPolicy() {
    double[] forward = {0.1759445875, -0.0981175868, -0.0778270007};
    double[] backward = {0.2, -0.1, -0.1};
    double[] zero = {0, 0, 0};
    double[] logits = logs(POLICY);
    assertArrayEquals(
        zero, expectedGradient(new KlInLoss(KlEstimator.K1, 1), logits, POLICY), 1e-15);
    assertArrayEquals(
        forward, expectedGradient(new KlInLoss(KlEstimator.K2, 1), logits, POLICY), 5e-11);
    assertArrayEquals(
        backward, expectedGradient(new KlInLoss(KlEstimator.K3, 1), logits, POLICY), 1e-14);
    assertArrayEquals(
        forward, expectedGradient(new KlInLoss(KlEstimator.K3_PLUS, 1), logits, POLICY), 5e-11);
    for (KlEstimator estimator : new KlEstimator[] {KlEstimator.K1, KlEstimator.K3}) {
      assertArrayEquals(
          forward, expectedGradient(new KlInLoss(estimator, 1, true), logits, POLICY), 5e-11);
    }
    double[] doubled = expectedGradient(new KlInLoss(KlEstimator.K3, 2), logits, POLICY);
    assertArrayEquals(new double[] {0.4, -0.2, -0.2}, doubled, 1e-14);
  }

  @Property(tries = 60)
  void offPolicyTheWeightRestoresTheGradientOfTheDivergence(@ForAll long seed) {
    Random random = new Random(seed);
    double[] old = LogSpace.softmax(random.doubles(3, -2, 2).toArray());
    double[] logits = random.doubles(3, -2, 2).toArray();
    double[] policy = LogSpace.softmax(logits);
    // d KL / d logit_j = p_j (d_j - KL)
    double kl = expected(KlEstimator.K1, policy, REFERENCE);
    double[] gradient = new double[3];
    for (int j = 0; j < 3; j++) {
      gradient[j] = policy[j] * (Math.log(policy[j] / REFERENCE[j]) - kl);
    }
    for (KlEstimator estimator : new KlEstimator[] {KlEstimator.K1, KlEstimator.K3}) {
      assertArrayEquals(
          gradient, expectedGradient(new KlInLoss(estimator, 1, true), logits, old), 1e-13);
    }
  }

  @Property(tries = 200)
  void onTheTapeAndOffItTheSame(@ForAll @DoubleRange(min = -30, max = 30) double d) {
    for (KlEstimator estimator : KlEstimator.values()) {
      Differentiated result = Differentiated.of(in -> estimator.of(in.get(0)), Input.of(d));
      double value = estimator.of(d);
      assertEquals(value, result.value(), 1e-14 * Math.max(1, Math.abs(value)));
      double slope =
          switch (estimator) {
            case K1 -> 1;
            case K2, K3_PLUS -> d;
            case K3 -> -Math.expm1(-d);
            case ABSOLUTE -> Math.signum(d);
          };
      assertEquals(slope, result.gradients()[0][0], 1e-14 * Math.max(1, Math.abs(slope)));
      assertTrue(estimator == KlEstimator.K1 || value >= 0);
    }
  }

  @Test
  void k3DoesNotCancel() {
    // e^-d - 1 + d = d^2/2 - d^3/6 + d^4/24 - ...; the textbook form gives 0 or noise here
    for (double d : new double[] {1e-4, -1e-4, 1e-6, -1e-6}) {
      double series = d * d * (0.5 - d / 6 + d * d / 24);
      assertEquals(series, KlEstimator.K3.of(d), 2e-16 * Math.abs(d));
      assertTrue(KlEstimator.K3.of(d) >= 0);
    }
  }

  @Test
  void schulmansTableInClosedForm() {
    // samples of N(0, 1), target N(mu, 1): log-ratio d = mu^2/2 - mu x, KL = mu^2/2
    KlEstimator[] estimators = {KlEstimator.K1, KlEstimator.K2, KlEstimator.K3};
    for (double mu : new double[] {0.1, 1}) {
      double kl = mu * mu / 2;
      double[] mean = new double[3];
      double[] square = new double[3];
      // trapezium over a Gaussian is exact beyond double precision at this step
      for (double x = -14; x <= 14; x += 1 / 64.0) {
        double weight = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI) / 64;
        for (int k = 0; k < 3; k++) {
          double value = estimators[k].of(kl - mu * x);
          mean[k] += weight * value;
          square[k] += weight * value * value;
        }
      }
      assertEquals(kl, mean[0], 1e-12);
      assertEquals(kl + Math.pow(mu, 4) / 8, mean[1], 1e-12);
      assertEquals(kl, mean[2], 1e-12);
      assertEquals(mu, Math.sqrt(square[0] - mean[0] * mean[0]), 1e-9);
      assertEquals(
          Math.sqrt(Math.exp(mu * mu) - 1 - mu * mu),
          Math.sqrt(square[2] - mean[2] * mean[2]),
          1e-9);
      assertEquals(kl * Math.sqrt(2 + mu * mu), Math.sqrt(square[1] - mean[1] * mean[1]), 1e-9);
    }
  }

  @Test
  void nonsenseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new KlInLoss(KlEstimator.K1, -1));
    assertThrows(
        IllegalArgumentException.class, () -> new KlInLoss(KlEstimator.K1, Double.NaN, true));
  }

  /** d^2 / 2 (1 - d / 3), where e^-d - 1 + d has no digits left and turns negative. */
  @Test
  void k3KeepsItsDigitsForSmallLogRatios() {
    for (double d : new double[] {-0x1p-40, -0x1p-20, 0x1p-20, 0x1p-40}) {
      assertEquals(1, KlEstimator.K3.of(d) / (d * d / 2 * (1 - d / 3)), 1e-12);
      Differentiated single =
          Differentiated.on("simd", in -> KlEstimator.K3.of(in.get(0)), Differentiated.Input.of(d));
      assertEquals(1, single.value() / (d * d / 2), 1e-6);
      assertEquals(1, single.gradients()[0][0] / d, 1e-6);
    }
  }
}
