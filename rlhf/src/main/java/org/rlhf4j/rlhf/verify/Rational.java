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

  public Rational plus(Rational other) {
    return new Rational(
        numerator.multiply(other.denominator).add(other.numerator.multiply(denominator)),
        denominator.multiply(other.denominator));
  }

  public Rational minus(Rational other) {
    return plus(new Rational(other.numerator.negate(), other.denominator));
  }

  public Rational times(Rational factor) {
    return new Rational(
        numerator.multiply(factor.numerator), denominator.multiply(factor.denominator));
  }

  /**
   * {@return this divided by another}
   *
   * @throws ArithmeticException if that is 0
   */
  public Rational over(Rational divisor) {
    return new Rational(
        numerator.multiply(divisor.denominator), denominator.multiply(divisor.numerator));
  }

  /** {@return an integer or a fraction, such as -3/4} */
  @Override
  public String toString() {
    return denominator.equals(BigInteger.ONE)
        ? numerator.toString()
        : numerator + "/" + denominator;
  }
}
