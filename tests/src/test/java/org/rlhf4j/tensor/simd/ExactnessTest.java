package org.rlhf4j.tensor.simd;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rlhf4j.tensor.kernel.Pointwise;

/**
 * The largest error of each function of the table {@link Pointwise}, in units in the last place
 * (ulp) of the exact value; correct rounding has 0.5. The exact value is the function in double
 * precision, whose own error is below 1e-7 of these units.
 *
 * <p>An exact value below the least normal float may become 0: there only the absolute error
 * counts, and must be less than that float. In silu and gelu, where e^-|z| vanishes before x
 * multiplies it, this begins at 2^-119.
 */
class ExactnessTest {
  /** From one float to the next of the sample, prime so that all exponents and mantissas occur. */
  private static final int STRIDE = 10_007;

  /** The largest error found, and where. */
  private record Worst(double ulp, float at) {
    Worst larger(Worst other) {
      return other.ulp > ulp ? other : this;
    }
  }

  /**
   * {@return the largest error over all 2^32 floats, rounded up; docs/performance.md has it too}
   */
  static double stated(Pointwise f) {
    return switch (f) {
      case NEG, ABS, RELU -> 0;
      case EXPM1, EXP_REMAINDER, LOG1P, LOG1M_EXP, SQUARE, SQRT, RECIPROCAL ->
          0.5001; // rounded once
      case EXP -> 1.02;
      case LOG -> 0.83;
      case SIGMOID -> 2.41;
      case TANH -> 1.51;
      case SOFTPLUS, LOG_SIGMOID -> 2;
      case SILU -> 3.2;
      case GELU -> 153; // at -9.6, where it is 4e-34: the error of z there is multiplied by |z|
    };
  }

  @ParameterizedTest
  @EnumSource(Pointwise.class)
  void aSampleOfAllFloatsIsWithinTheStatedError(Pointwise f) {
    check(f, worst(f, 0, (1L << 32) / STRIDE, STRIDE));
  }

  @ParameterizedTest
  @EnumSource(Pointwise.class)
  @EnabledIfSystemProperty(named = "rlhf4j.long", matches = "true")
  void allFloatsAreWithinTheStatedError(Pointwise f) {
    check(
        f,
        IntStream.range(0, 1 << 12)
            .parallel()
            .mapToObj(part -> worst(f, (long) part << 20, 1 << 20, 1))
            .reduce(new Worst(0, 0), Worst::larger));
  }

  private static void check(Pointwise f, Worst worst) {
    assertTrue(
        worst.ulp <= stated(f),
        "%s of %s is wrong by %s ulp; stated are %s".formatted(f, worst.at, worst.ulp, stated(f)));
    assertTrue(
        worst.ulp >= 0.6 * stated(f),
        "%s is wrong by %s ulp at most; stated are %s, too many".formatted(f, worst, stated(f)));
  }

  /** The worst of {@code count} floats whose bits are {@code first}, {@code first + stride}, ... */
  private static Worst worst(Pointwise f, long first, long count, int stride) {
    float[] x = new float[1 << 12];
    float[] y = new float[x.length];
    Worst worst = new Worst(0, 0);
    for (long done = 0; done < count; done += x.length) {
      int n = (int) Math.min(x.length, count - done);
      for (int i = 0; i < n; i++) {
        x[i] = Float.intBitsToFloat((int) (first + (done + i) * stride));
      }
      run(f, x, y, n);
      for (int i = 0; i < n; i++) {
        double ulp = error(exact(f, x[i]), y[i], least(f));
        if (ulp > worst.ulp) {
          worst = new Worst(ulp, x[i]);
        }
      }
    }
    return worst;
  }

  private static void run(Pointwise f, float[] x, float[] y, int n) {
    if (SimdPointwise.covers(f)) {
      SimdPointwise.run(f, x, y, 0, n);
      return;
    }
    for (int i = 0; i < n; i++) {
      y[i] = (float) f.apply(x[i]);
    }
  }

  /** The table's formulas in double, but for gelu, whose 1 + tanh cancels. */
  private static double exact(Pointwise f, double x) {
    if (f == Pointwise.GELU) {
      double z = 2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
      return x * Pointwise.SIGMOID.apply(z);
    }
    return f.apply(x);
  }

  private static float least(Pointwise f) {
    return f == Pointwise.SILU || f == Pointwise.GELU ? 0x1p-119f : Float.MIN_NORMAL;
  }

  private static double error(double exact, float got, float least) {
    if (Double.isNaN(exact) || Float.isInfinite((float) exact) || Float.isInfinite(got)) {
      return Float.compare((float) exact, got) == 0 ? 0 : Double.POSITIVE_INFINITY;
    }
    double difference = Math.abs(got - exact);
    if (Math.abs(exact) < least) {
      return difference < least ? 0 : Double.POSITIVE_INFINITY;
    }
    return difference / Math.ulp((float) exact);
  }
}
