package org.rlhf4j.rlhf.experiment;

import org.rlhf4j.rlhf.online.OnlinePreferenceConfig;
import org.rlhf4j.tensor.Check;

/** Learning from pairs that the policy makes while it learns, an update for each batch of them. */
public record OnlineDpoConfig(int iterations, int pairs, double learningRate) {
  public OnlineDpoConfig {
    Check.positive("iterations", iterations);
    Check.positive("pairs", pairs);
    Check.positive("learningRate", learningRate);
  }

  OnlinePreferenceConfig online() {
    return OnlinePreferenceConfig.of(iterations, pairs, learningRate);
  }
}
