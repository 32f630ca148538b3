package org.rlhf4j.rlhf;

/**
 * Functions of one or many numbers that stay exact where the textbook form overflows or cancels, in
 * plain double arithmetic; most differentiable twins are methods of {@code Variable}.
 */
public final class LogSpace {
  private LogSpace() {}

  /** {@return 1 / (1 + e^-x), without overflow for any x} */
  public static double sigmoid(double x) {
    if (x >= 0) {
      return 1 / (1 + Math.exp(-x));
    }
    double e = Math.exp(x);
    return e / (1 + e);
  }

  /** {@return log sigmoid(x) = min(x, 0) - log(1 + e^-|x|)} */
  public static double logSigmoid(double x) {
    return Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));
  }

  /**
   * {@return log(1 - e^x) for x < 0} Splits at -log 2: above it {@code expm1} keeps the digits of 1
   * - e^x, below it {@code log1p} keeps those of the logarithm.
   *
   * @throws IllegalArgumentException if x is not negative
   */
  public static double log1mexp(double x) {
    if (!(x < 0)) {
      throw new IllegalArgumentException("log(1 - e^x) needs x < 0, got " + x);
    }
    return x > -Math.log(2) ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x));
  }

  /**
   * {@return log sum_i e^(x_i)} The maximum is taken out first; a row of -infinity, and an empty
   * row, give -infinity.
   */
  public static double logSumExp(double... x) {
    double max = Double.NEGATIVE_INFINITY;
    for (double value : x) {
      max = Math.max(max, value);
    }
    if (Double.isInfinite(max)) {
      return max;
    }
    double sum = 0;
    for (double value : x) {
      sum += Math.exp(value - max);
    }
    return max + Math.log(sum);
  }

  /** {@return log p_i = x_i - logSumExp(x)} */
  public static double[] logSoftmax(double... x) {
    double logZ = logSumExp(x);
    double[] logprobs = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      logprobs[i] = x[i] - logZ;
    }
    return logprobs;
  }

  /** {@return p_i = e^(x_i) / sum_j e^(x_j)} */
  public static double[] softmax(double... x) {
    double[] probabilities = logSoftmax(x);
    for (int i = 0; i < x.length; i++) {
      probabilities[i] = Math.exp(probabilities[i]);
    }
    return probabilities;
  }
}
