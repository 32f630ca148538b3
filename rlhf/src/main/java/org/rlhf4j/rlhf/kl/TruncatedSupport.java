package org.rlhf4j.rlhf.kl;

import java.util.Arrays;
import org.rlhf4j.rlhf.LogSpace;

/**
 * What top-k and top-p sampling do to log-probabilities. A sampler that keeps only a set S of the
 * vocabulary draws from pi(y) / pi(S); whoever scores its samples with the full softmax is off by
 * the constant log pi(S) a token, so that log-ratios (and k1 with them) no longer average to a
 * divergence and can turn negative.
 *
 * <p>The correction keeps the set that was sampled from and renormalises over it.
 */
public final class TruncatedSupport {
  private TruncatedSupport() {}

  /** {@return the k most probable entries; of equal logits the earlier ones} */
  public static boolean[] topK(double[] logits, int k) {
    if (k < 1) {
      throw new IllegalArgumentException("k must be at least 1, got " + k);
    }
    Integer[] order = descending(logits);
    boolean[] kept = new boolean[logits.length];
    for (int i = 0; i < Math.min(k, logits.length); i++) {
      kept[order[i]] = true;
    }
    return kept;
  }

  /**
   * {@return the smallest set of most probable entries whose mass reaches p (nucleus sampling,
   * arXiv 1904.09751); never empty}
   */
  public static boolean[] topP(double[] logits, double p) {
    if (!(p > 0 && p <= 1)) {
      throw new IllegalArgumentException("p must be in (0, 1], got " + p);
    }
    double[] probabilities = LogSpace.softmax(logits);
    boolean[] kept = new boolean[logits.length];
    double mass = 0;
    for (int i : descending(logits)) {
      if (mass >= p) {
        break;
      }
      kept[i] = true;
      mass += probabilities[i];
    }
    return kept;
  }

  /** {@return log pi(S) <= 0, by which a full-softmax score of a sample is too low} */
  public static double logKeptMass(double[] logits, boolean[] kept) {
    return LogSpace.logSumExp(restricted(logits, kept)) - LogSpace.logSumExp(logits);
  }

  /** {@return log-probabilities of the truncated policy; -infinity outside the kept set} */
  public static double[] logprobs(double[] logits, boolean[] kept) {
    return LogSpace.logSoftmax(restricted(logits, kept));
  }

  private static double[] restricted(double[] logits, boolean[] kept) {
    double[] restricted = logits.clone();
    boolean any = false;
    for (int i = 0; i < logits.length; i++) {
      if (kept[i]) {
        any = true;
      } else {
        restricted[i] = Double.NEGATIVE_INFINITY;
      }
    }
    if (!any) {
      throw new IllegalArgumentException("a truncated policy must keep at least one token");
    }
    return restricted;
  }

  private static Integer[] descending(double[] logits) {
    Integer[] order = new Integer[logits.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Double.compare(logits[b], logits[a]));
    return order;
  }
}
