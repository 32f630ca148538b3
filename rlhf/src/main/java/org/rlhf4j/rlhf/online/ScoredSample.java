package org.rlhf4j.rlhf.online;

import java.util.List;

/**
 * A sample with its rewards.
 *
 * @param parts the rewards that were added, [rewards]
 * @param reward sum of the weighted parts
 */
record ScoredSample(Sample sample, double[] parts, double reward) {
  /** {@return the rewards of samples, in their order} */
  static double[] rewards(List<ScoredSample> samples) {
    return samples.stream().mapToDouble(ScoredSample::reward).toArray();
  }
}
