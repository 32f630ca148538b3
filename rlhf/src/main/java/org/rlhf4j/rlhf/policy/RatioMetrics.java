package org.rlhf4j.rlhf.policy;

import java.util.LinkedHashMap;
import java.util.Map;
import org.rlhf4j.rlhf.kl.KlEstimator;
import org.rlhf4j.rlhf.kl.KlInLoss;

/**
 * How far the policy has moved from the one that sampled, over the unmasked tokens: mean and
 * largest ratio of a token, K3 estimate of KL(old || pi), and the fractions of tokens whose ratio,
 * that of the loss, the surrogate holds at its lower and its upper bound. But for the largest, they
 * are a micro-batch's part of the means over the whole step.
 */
final class RatioMetrics {
  private RatioMetrics() {}

  /**
   * @param logprobs log pi, [batch * time]
   * @param logRatios of the loss, [batch * time] or [batch]
   */
  static Map<String, Double> of(
      PolicyBatch batch,
      double[] logprobs,
      double[] logRatios,
      Surrogate surrogate,
      Totals totals) {
    boolean[][] mask = batch.mask();
    boolean perToken = logRatios.length == logprobs.length;
    double tokens = totals.tokens();
    double sum = 0;
    double largest = 0;
    double kl = 0;
    int clippedLow = 0;
    int clippedHigh = 0;
    for (int i = 0, at = 0; i < mask.length; i++) {
      for (int t = 0; t < mask[i].length; t++, at++) {
        if (mask[i][t]) {
          double logRatio =
              Math.clamp(
                  logprobs[at] - batch.oldLogprobs()[i][t],
                  -KlInLoss.LARGEST_LOG_RATIO,
                  KlInLoss.LARGEST_LOG_RATIO);
          double ratio = Math.exp(logRatio);
          sum += ratio;
          largest = Math.max(largest, ratio);
          // samples are the old policy's, so the log-ratio of KL(old || pi) is the negative one
          kl += KlEstimator.K3.of(-logRatio);
          double held = Math.exp(logRatios[perToken ? at : i]);
          double advantage = batch.advantages()[i][t];
          clippedLow += surrogate.holdsLow(held, advantage) ? 1 : 0;
          clippedHigh += surrogate.holdsHigh(held, advantage) ? 1 : 0;
        }
      }
    }
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("ratio/mean", sum / tokens);
    metrics.put("ratio/max", largest);
    metrics.put("approx_kl", kl / tokens);
    metrics.put("clip_fraction/low", clippedLow / tokens);
    metrics.put("clip_fraction/high", clippedHigh / tokens);
    return metrics;
  }
}
