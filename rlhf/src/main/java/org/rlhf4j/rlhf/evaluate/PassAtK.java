package org.rlhf4j.rlhf.evaluate;

/**
 * Probability that at least one of k samples is correct, estimated without bias from n samples of
 * which c were correct (arXiv 2107.03374).
 */
public final class PassAtK {
  private PassAtK() {}

  /**
   * {@return 1 - C(n - c, k) / C(n, k)} Computed as a product of k ratios, without factorials: the
   * probability that k draws without replacement all miss.
   *
   * @param samples n, at least k
   * @param correct c, in 0..n
   * @param k at least 1
   */
  public static double estimate(int samples, int correct, int k) {
    if (k < 1 || k > samples || correct < 0 || correct > samples) {
      throw new IllegalArgumentException(
          "pass@k needs 1 <= k <= n and 0 <= c <= n, got k "
              + k
              + ", n "
              + samples
              + ", c "
              + correct);
    }
    double missed = 1;
    for (int i = 0; i < k; i++) {
      missed *= (samples - correct - i) / (double) (samples - i);
    }
    // one factor is exactly 0 where fewer than k samples failed
    return 1 - missed;
  }

  /**
   * {@return probability that all of k samples are correct, C(c, k) / C(n, k); the "pass^k" of
   * reliability benchmarks}
   */
  public static double allCorrect(int samples, int correct, int k) {
    return 1 - estimate(samples, samples - correct, k);
  }
}
