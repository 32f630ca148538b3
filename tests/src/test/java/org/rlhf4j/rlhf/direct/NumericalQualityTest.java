package org.rlhf4j.rlhf.direct;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Differentiated;

/**
 * Tails in double precision, where the textbook form has no digits left. Single precision is the
 * matter of {@code PrecisionTest}.
 */
class NumericalQualityTest {
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
