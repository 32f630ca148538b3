package org.rlhf4j.rlhf.train;

import java.util.Map;

/** Figures of several parts become those of the whole. */
public final class Metrics {
  private Metrics() {}

  /**
   * Adds a share of each figure to the whole; of those called {@code ../max}, the largest counts.
   */
  public static void add(Map<String, Double> whole, Map<String, Double> part, double share) {
    part.forEach((name, value) -> {
      if (name.endsWith("/max")) {
        whole.merge(name, value, Math::max);
      } else {
        whole.merge(name, share * value, Double::sum);
      }
    });
  }
}
