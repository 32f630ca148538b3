package org.rlhf4j.tensor.kernel;

import org.rlhf4j.tensor.HostBuffer;

/** The arithmetic of one row, with its odd values: shared by the reference row kernels. */
final class RowReference {
  private RowReference() {}

  /** log sum exp, shifted by the maximum so that nothing overflows. */
  static double logSumExp(HostBuffer x, int first, int n) {
    double max = Double.NEGATIVE_INFINITY;
    for (int j = first; j < first + n; j++) {
      max = Math.max(max, x.get(j));
    }
    if (max == Double.NEGATIVE_INFINITY || max == Double.POSITIVE_INFINITY) {
      return max;
    }
    double sum = 0;
    for (int j = first; j < first + n; j++) {
      sum += Math.exp(x.get(j) - max);
    }
    return max + Math.log(sum);
  }

  /** x - lse, but -inf in a row that is all -inf, so that -inf - -inf is not NaN. */
  static double logProbability(double x, double lse) {
    return lse == Double.NEGATIVE_INFINITY ? x : x - lse;
  }

  static double probability(double x, double lse) {
    return Math.exp(logProbability(x, lse));
  }
}
