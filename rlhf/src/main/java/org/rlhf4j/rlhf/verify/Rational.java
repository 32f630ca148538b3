package org.rlhf4j.rlhf.verify;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * A fraction in lowest terms, so that equal values are equal: 0.50 is 1/2 and 3/6 is.
 *
 * @param denominator positive
 */
public record Rational(BigInteger numerator, BigInteger denominator) {
  /**
   * @throws ArithmeticException if the denominator is 0
   */
  public Rational {
    if (denominator.signum() == 0) {
      throw new ArithmeticException("the denominator of %s/0".formatted(numerator));
    }
    BigInteger divisor = numerator.gcd(denominator);
    BigInteger signed = denominator.signum() < 0 ? divisor.negate() : divisor;
    numerator = numerator.divide(signed);
    denominator = denominator.divide(signed);
  }

  /** {@return the exact value of digits with at most one decimal point, such as -12.50} */
  public static Rational of(String decimal) {
    BigDecimal value = new BigDecimal(decimal);
    return new Rational(value.unscaledValue(), BigInteger.TEN.pow(value.scale()));
  }

  /** {@return this divided by a number that is not 0} */
  public Rational over(Rational divisor) {
    return new Rational(
        numerator.multiply(divisor.denominator), denominator.multiply(divisor.numerator));
  }
}
