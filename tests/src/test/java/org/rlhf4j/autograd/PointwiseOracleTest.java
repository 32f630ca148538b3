package org.rlhf4j.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.Function;
import org.apache.commons.math3.analysis.differentiation.DerivativeStructure;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rlhf4j.tensor.kernel.Pointwise;

/** Values and slopes of the table against the automatic derivatives of Commons Math. */
class PointwiseOracleTest {
  /** The textbook formula of a function, which need not be stable, and where to take it. */
  private record Oracle(
      double low, double high, Function<DerivativeStructure, DerivativeStructure> formula) {}

  private static Oracle oracle(Pointwise f) {
    return switch (f) {
      case NEG -> new Oracle(-5, 5, x -> x.multiply(-1));
      case EXP -> new Oracle(-5, 5, DerivativeStructure::exp);
      case EXPM1 -> new Oracle(-5, 5, DerivativeStructure::expm1);
      case EXP_REMAINDER -> new Oracle(-5, 5, x -> x.expm1().subtract(x));
      case LOG -> new Oracle(0.01, 5, DerivativeStructure::log);
      case LOG1P -> new Oracle(-0.99, 5, DerivativeStructure::log1p);
      case LOG1M_EXP -> new Oracle(-5, -0.01, x -> x.exp().negate().add(1).log());
      case SQUARE -> new Oracle(-5, 5, x -> x.pow(2));
      case SQRT -> new Oracle(0.01, 5, DerivativeStructure::sqrt);
      case RECIPROCAL -> new Oracle(0.1, 5, DerivativeStructure::reciprocal);
      case ABS -> new Oracle(-5, 5, DerivativeStructure::abs);
      case RELU -> new Oracle(-5, 5, x -> x.add(x.abs()).divide(2));
      case TANH -> new Oracle(-5, 5, DerivativeStructure::tanh);
      case SIGMOID -> new Oracle(-5, 5, PointwiseOracleTest::sigmoid);
      case LOG_SIGMOID -> new Oracle(-5, 5, x -> sigmoid(x).log());
      case SOFTPLUS -> new Oracle(-5, 5, x -> x.exp().add(1).log());
      case SILU -> new Oracle(-5, 5, x -> x.multiply(sigmoid(x)));
      case GELU ->
          new Oracle(
              -5,
              5,
              x ->
                  x.add(x.pow(3).multiply(0.044715))
                      .multiply(Math.sqrt(2 / Math.PI))
                      .tanh()
                      .add(1)
                      .multiply(x)
                      .multiply(0.5));
    };
  }

  private static DerivativeStructure sigmoid(DerivativeStructure x) {
    return x.negate().exp().add(1).reciprocal();
  }

  /** 101 points, none of them 0; 1e-13 is what the unstable formulas of the oracle lose. */
  @ParameterizedTest
  @EnumSource
  void agrees(Pointwise f) {
    Oracle oracle = oracle(f);
    for (int i = 0; i <= 101; i++) {
      double x = oracle.low() + (oracle.high() - oracle.low()) * i / 101;
      DerivativeStructure expected = oracle.formula().apply(new DerivativeStructure(1, 1, 0, x));
      double y = f.apply(x);
      assertClose(expected.getValue(), y, f + "(" + x + ")");
      assertClose(expected.getPartialDerivative(1), f.slope(x, y), f + "'(" + x + ")");
    }
  }

  private static void assertClose(double expected, double actual, String what) {
    assertEquals(expected, actual, 1e-13 * Math.max(1, Math.abs(expected)), what);
  }
}
