package org.rlhf4j.rlhf.direct;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rlhf4j.rlhf.Differentiated;

/**
 * How many digits are left. In double precision the losses agree with their textbook form to 1e-11
 * ({@link DirectFamilyTest}); here are the tails, where the textbook form has none left, and single
 * precision.
 */
class NumericalQualityTest {
  static List<DirectCase> cases() {
    return DirectCase.all();
  }

  /**
   * Single against double precision on the same inputs, as error / max(1, |exact|): sums of
   * log-probabilities up to 300, whose difference alone costs 3e-5 of absolute precision. Worst
   * found over all losses and gradients: 1.1e-5, where the margin is squared; 4e-7 for the logistic
   * losses.
   */
  @ParameterizedTest
  @MethodSource("cases")
  void singlePrecision(DirectCase one) {
    Random random = new Random(9);
    for (int round = 0; round < 200; round++) {
      double scale = Math.pow(10, -1 + 3.5 * random.nextDouble());
      double spread = Math.pow(10, -2 + 3 * random.nextDouble());
      double chosen = (float) (-scale * random.nextDouble());
      double rejected = (float) (-scale * random.nextDouble());
      Pairs pairs =
          Pairs.of(
              chosen,
              rejected,
              (float) (chosen + spread * random.nextGaussian()),
              (float) (rejected + spread * random.nextGaussian()));
      Differentiated exact = pairs.differentiate(one.loss());
      Differentiated single = pairs.differentiate("simd", one.loss());
      assertClose(exact.value(), single.value(), pairs);
      for (int i = 0; i < 2; i++) {
        assertClose(exact.gradients()[i][0], single.gradients()[i][0], pairs);
      }
    }
  }

  private static void assertClose(double exact, double single, Pairs pairs) {
    double error = Math.abs(single - exact) / Math.max(1, Math.abs(exact));
    assertTrue(error <= 2e-5, () -> exact + " is " + single + " in single precision at " + pairs);
  }

  @Test
  void tailsKeepTheirDigits() {
    // margin x: -log s(x) = e^-x (1 - e^-x / 2 + ...), its slope -e^-x; 1 + e^-x is 1 in a double
    for (double x : new double[] {40, 300, 700}) {
      for (PreferenceLoss loss :
          List.of(
              new Dpo(1),
              new ConservativeDpo(1, 0),
              new RobustDpo(1, 0),
              new FDivergenceDpo(1, new FDivergenceDpo.ReverseKl()),
              new PlackettLuceDpo(1))) {
        Differentiated tail = Pairs.of(x, 0, 0, 0).differentiate(loss);
        assertEquals(1, tail.value() / Math.exp(-x), 1e-12, loss.toString());
        assertEquals(-1, tail.gradients()[0][0] / Math.exp(-x), 1e-12, loss.toString());
      }
      // bounded losses: 1 - s(x) and its slope, where s(x) is 1
      Differentiated apo = Pairs.of(x, -x, 0, 0).differentiate(new ApoZero(1));
      assertEquals(1, apo.value() / (2 * Math.exp(-x)), 1e-12);
      assertEquals(-1, apo.gradients()[0][0] / Math.exp(-x), 1e-12);
      Differentiated wrong = Pairs.of(-x, x, 0, 0).differentiate(new ApoZero(1));
      assertEquals(-1, wrong.gradients()[0][0] / Math.exp(-x), 1e-12);
    }
  }
}
