package org.rlhf4j.rlhf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.MathContext;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class LogSpaceTest {
  private static final double INFINITY = Double.POSITIVE_INFINITY;

  @Test
  void sigmoidAtItsEnds() {
    assertEquals(0.5, LogSpace.sigmoid(0));
    assertEquals(1, LogSpace.sigmoid(1e4));
    assertEquals(0, LogSpace.sigmoid(-1e4));
    assertEquals(Math.exp(-700), LogSpace.sigmoid(-700), 1e-310);
    assertEquals(0.8807970779778823, LogSpace.sigmoid(2), 1e-16);
  }

  @Test
  void logSigmoidIsLinearWhereTheSigmoidUnderflows() {
    assertEquals(-1e4, LogSpace.logSigmoid(-1e4));
    assertEquals(0, LogSpace.logSigmoid(1e4));
    assertEquals(-Math.log(2), LogSpace.logSigmoid(0));
    assertEquals(-Math.exp(-40), LogSpace.logSigmoid(40), 1e-33);
  }

  @Property
  void logSigmoidAndItsMirrorDifferByTheirArgument(
      @ForAll @DoubleRange(min = -1e4, max = 1e4) double x) {
    assertEquals(
        x, LogSpace.logSigmoid(x) - LogSpace.logSigmoid(-x), 1e-15 * Math.max(1, Math.abs(x)));
  }

  @Test
  void log1mexpKeepsItsDigitsOnBothSides() {
    assertEquals(Math.log(0.5), LogSpace.log1mexp(-Math.log(2)), 1e-15);
    assertEquals(-Math.exp(-50), LogSpace.log1mexp(-50), 1e-36);
    // 1 - e^-1e-12 = 1e-12 - 5e-25, whose logarithm the textbook form knows to four digits only
    assertEquals(Math.log(1e-12) - 5e-13, LogSpace.log1mexp(-1e-12), 1e-14);
    assertEquals(Math.log1p(-Math.exp(-3)), LogSpace.log1mexp(-3), 1e-16);
    assertEquals(Math.log(-Math.expm1(-0.3)), LogSpace.log1mexp(-0.3), 1e-16);
    assertThrows(IllegalArgumentException.class, () -> LogSpace.log1mexp(0));
    assertThrows(IllegalArgumentException.class, () -> LogSpace.log1mexp(Double.NaN));
  }

  @Property(tries = 100)
  void log1mexpAgreesWithDecimalArithmetic(@ForAll @DoubleRange(min = -5, max = -0.01) double x) {
    // e^x by its series in 60 digits, then one logarithm of a well-conditioned number
    MathContext digits = new MathContext(60);
    BigDecimal term = BigDecimal.ONE;
    BigDecimal sum = BigDecimal.ONE;
    for (int k = 1; k < 120; k++) {
      term = term.multiply(new BigDecimal(x), digits).divide(BigDecimal.valueOf(k), digits);
      sum = sum.add(term, digits);
    }
    double complement = BigDecimal.ONE.subtract(sum, digits).doubleValue();
    double expected = complement > 0.5 ? Math.log1p(complement - 1) : Math.log(complement);
    assertEquals(expected, LogSpace.log1mexp(x), 1e-13 * Math.max(1, Math.abs(expected)));
  }

  @Test
  void logSumExpOfExtremes() {
    assertEquals(1e4 + Math.log(2), LogSpace.logSumExp(1e4, 1e4));
    assertEquals(-1e4 + Math.log(3), LogSpace.logSumExp(-1e4, -1e4, -1e4));
    assertEquals(5, LogSpace.logSumExp(5, -INFINITY));
    assertEquals(-INFINITY, LogSpace.logSumExp(-INFINITY, -INFINITY));
    assertEquals(-INFINITY, LogSpace.logSumExp());
    assertEquals(INFINITY, LogSpace.logSumExp(1, INFINITY));
    assertEquals(Math.log(6), LogSpace.logSumExp(0, Math.log(2), Math.log(3)), 1e-15);
  }

  @Test
  void softmaxIsADistributionWhateverTheShift() {
    double[] expected = {0.1, 0.2, 0.7};
    double[] logits = {Math.log(1) + 1e3, Math.log(2) + 1e3, Math.log(7) + 1e3};
    assertArrayEquals(expected, LogSpace.softmax(logits), 1e-12);
    assertArrayEquals(
        new double[] {Math.log(0.1), Math.log(0.2), Math.log(0.7)},
        LogSpace.logSoftmax(logits),
        1e-12);
    assertTrue(LogSpace.softmax(0, -INFINITY)[1] == 0);
  }
}
