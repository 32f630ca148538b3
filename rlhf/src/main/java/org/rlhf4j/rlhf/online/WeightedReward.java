package org.rlhf4j.rlhf.online;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.rlhf.Rows;

/**
 * One of several rewards.
 *
 * @param name under which its mean is written down, {@code rewards/name}
 * @param weight in the sum that is optimised; 0 only watches
 */
public record WeightedReward(String name, double weight, Reward reward) {
  public WeightedReward {
    if (!Double.isFinite(weight)) {
      throw new IllegalArgumentException(
          "the weight of reward " + name + " must be finite, got " + weight);
    }
  }

  /** {@return the samples with each of the rewards and their weighted sum} */
  static List<ScoredSample> score(List<WeightedReward> rewards, List<Sample> samples) {
    double[][] parts = new double[samples.size()][rewards.size()];
    for (int k = 0; k < rewards.size(); k++) {
      WeightedReward weighted = rewards.get(k);
      double[] scores = weighted.reward().of(samples);
      Rows.requireSameLength("reward " + weighted.name(), scores.length, "samples", samples.size());
      for (int i = 0; i < scores.length; i++) {
        if (!Double.isFinite(scores[i])) {
          throw new IllegalArgumentException(
              "reward %s of '%s' is %s; it must be finite"
                  .formatted(weighted.name(), samples.get(i).text(), scores[i]));
        }
        parts[i][k] = scores[i];
      }
    }
    List<ScoredSample> scored = new ArrayList<>();
    for (int i = 0; i < parts.length; i++) {
      double reward = 0;
      for (int k = 0; k < rewards.size(); k++) {
        reward += rewards.get(k).weight() * parts[i][k];
      }
      scored.add(new ScoredSample(samples.get(i), parts[i], reward));
    }
    return scored;
  }
}
