package org.rlhf4j.rlhf.kl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Differentiated;
import org.rlhf4j.rlhf.Differentiated.Input;

class BernoulliKlTest {
  private static double s(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static Differentiated kl(String backend, double a, double b) {
    return Differentiated.on(
        backend, in -> BernoulliKl.of(in.get(0), in.get(1)), Input.of(a), Input.of(b));
  }

  @Test
  void isTheTextbooksSumOnBothSidesOfTheSeam() {
    for (double a : new double[] {-3, -1.2, 0, 0.4, 2}) {
      for (double step : new double[] {-4, -1.001, -0.999, -0.5, 0.3, 0.999, 1.001, 3}) {
        double b = a + step;
        double p = s(a);
        double q = s(b);
        double expected = p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q));
        Differentiated actual = kl("reference", a, b);
        assertEquals(expected, actual.value(), 1e-14);
        assertEquals(p * (1 - p) * (a - b), actual.gradients()[0][0], 1e-14);
        assertEquals(q - p, actual.gradients()[1][0], 1e-14);
      }
    }
  }

  /** p (1 - p) t^2 / 2 for a small step t, where the textbook's sum is noise. */
  @Test
  void nearEqualityNothingCancels() {
    for (double a : new double[] {-20, -1, 0, 1e-3, 3, 20}) {
      double step = 0x1p-40;
      double slope = s(a) * s(-a);
      Differentiated one = kl("reference", a, a + step);
      assertEquals(1, one.value() / (slope * step * step / 2), 1e-3);
      assertEquals(1, one.gradients()[1][0] / (slope * step), 1e-3);
    }
    Differentiated single = kl("simd", 0.25, 0.25 + 0x1p-20);
    double slope = s(0.25) * s(-0.25);
    assertEquals(1, single.value() / (slope * 0x1p-41), 1e-6);
    assertEquals(-1, single.gradients()[0][0] / (slope * 0x1p-20), 1e-6);
    assertEquals(0, kl("simd", 0.7, 0.7).value());
  }

  @Test
  void extremesStayFinite() {
    for (String backend : new String[] {"reference", "simd"}) {
      assertEquals(1e4, kl(backend, 1e4, -1e4).value());
      assertEquals(0, kl(backend, -1e4, -1e4).value());
      for (double[] logits : new double[][] {{1e4, 9999.5}, {-1e4, 1e4}, {0, -1e4}, {88, 89}}) {
        Differentiated one = kl(backend, logits[0], logits[1]);
        assertTrue(one.value() >= 0 && Double.isFinite(one.value()));
        assertTrue(Double.isFinite(one.gradients()[0][0] + one.gradients()[1][0]));
      }
    }
  }

  @Test
  void elementsDoNotSeeEachOther() {
    Differentiated both =
        Differentiated.of(
            in -> BernoulliKl.of(in.get(0), in.get(1)), Input.of(0.1, 0.1), Input.of(0.3, 5));
    assertArrayEquals(
        new double[] {kl("reference", 0.1, 0.3).value(), kl("reference", 0.1, 5).value()},
        both.values());
    assertEquals(s(5) - s(0.1), both.gradients()[1][1], 1e-14);
  }
}
