package org.rlhf4j.rlhf.kl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Differentiated;
import org.rlhf4j.rlhf.Differentiated.Input;
import org.rlhf4j.rlhf.LogSpace;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;

class ExactKlTest {
  private static double[] logs(double... probabilities) {
    return java.util.Arrays.stream(probabilities).map(Math::log).toArray();
  }

  @Test
  @Proves(
      value = {"def_kl", "kl_distance_regularization"},
      by = Proof.CLOSED_FORM)
  void bothDirections() {
    double[] policy = logs(0.7, 0.2, 0.1);
    double[] reference = logs(0.5, 0.3, 0.2);
    assertEquals(0.0851228260, ExactKl.of(policy, reference), 5e-11);
    assertEquals(0.0920328502, ExactKl.of(reference, policy), 5e-11);
    assertEquals(Math.log(2), ExactKl.of(logs(1, 0), logs(0.5, 0.5)), 1e-15);
    assertEquals(Double.POSITIVE_INFINITY, ExactKl.of(logs(0.5, 0.5), logs(1, 0)));
    assertEquals(0, ExactKl.of(logs(1, 0), logs(1, 0)));
    assertThrows(IllegalArgumentException.class, () -> ExactKl.of(policy, new double[2]));
  }

  @Property(tries = 60)
  @Proves(
      value = {"def_kl", "kl_distance_regularization"},
      by = Proof.IDENTITY)
  void ofLogitsItIsNeverNegativeAndIgnoresShifts(@ForAll long seed) {
    Random random = new Random(seed);
    double[] p = random.doubles(6, -3, 3).toArray();
    double[] q = random.doubles(6, -3, 3).toArray();
    double shift = 10 * random.nextGaussian();
    double[] shifted = java.util.Arrays.stream(p).map(x -> x + shift).toArray();
    double exact = ExactKl.of(LogSpace.logSoftmax(p), LogSpace.logSoftmax(q));
    Differentiated kl =
        Differentiated.of(
            in -> ExactKl.of(in.get(0), in.get(1)),
            Input.of(new double[][] {p, shifted}),
            Input.of(new double[][] {q, q}));
    assertArrayEquals(new double[] {exact, exact}, kl.values(), 1e-13);
    assertTrue(exact >= 0);
    // d KL / d p_j = p_j (log p_j - log q_j - KL), d KL / d q_j = q_j - p_j
    double[] probabilities = LogSpace.softmax(p);
    double[] others = LogSpace.softmax(q);
    for (int j = 0; j < 6; j++) {
      double ratio = Math.log(probabilities[j] / others[j]);
      assertEquals(probabilities[j] * (ratio - exact), kl.gradients()[0][j], 1e-13);
      assertEquals(others[j] - probabilities[j], kl.gradients()[1][j], 1e-13);
    }
  }

  /** KL((1/2, 1/2) || softmax(h, -h)) = log cosh h; the other direction, h tanh h - log cosh h. */
  @Test
  void nearlyEqualDistributionsKeepTheirDigits() {
    for (double h : new double[] {0x1p-30, 0x1p-12, 0.5, 3}) {
      for (String backend : new String[] {"reference", "simd"}) {
        Differentiated kl =
            Differentiated.on(
                backend,
                in -> ExactKl.of(in.get(0), in.get(1)),
                Input.of(new double[][] {{0, 0}, {h, -h}}),
                Input.of(new double[][] {{h, -h}, {0, 0}}));
        double logCosh = h < 1e-3 ? h * h / 2 : Math.log(Math.cosh(h));
        double other = h < 1e-3 ? h * h / 2 : h * Math.tanh(h) - logCosh;
        // a float rounds log(1/2 +- h/2) by 6e-8, which only moves h
        double allowed = backend.equals("reference") ? 2e-5 * logCosh : 2e-7 * h;
        assertEquals(logCosh, kl.values()[0], allowed, backend + " at " + h);
        assertEquals(other, kl.values()[1], allowed, backend + " at " + h);
        assertTrue(kl.values()[0] >= 0 && kl.values()[1] >= 0);
      }
    }
  }

  @Test
  void extremesAndShapes() {
    Differentiated kl =
        Differentiated.of(
            in -> ExactKl.of(in.get(0), in.get(1)),
            Input.of(new double[][] {{1e4, -1e4, 0}}),
            Input.of(new double[][] {{-1e4, 1e4, 0}}));
    assertEquals(2e4, kl.value());
    for (double[] gradient : kl.gradients()) {
      for (double slope : gradient) {
        assertTrue(Double.isFinite(slope));
      }
    }
    assertThrows(
        IllegalArgumentException.class,
        () ->
            Differentiated.of(
                in -> ExactKl.of(in.get(0), in.get(1)), Input.of(1, 2), Input.of(1, 2, 3)));
  }
}
