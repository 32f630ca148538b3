package org.rlhf4j.rlhf.experiment;

import org.rlhf4j.rlhf.scoring.RewardModeling;
import org.rlhf4j.tensor.Check;

/** Training of a reward model. */
public record RewardModelConfig(int epochs, int batchSize, double learningRate) {
  private static final int AT_ONCE = 16;

  public RewardModelConfig {
    Check.positive("epochs", epochs);
    Check.positive("batchSize", batchSize);
    Check.positive("learningRate", learningRate);
  }

  RewardModeling training() {
    return new RewardModeling(epochs, batchSize, AT_ONCE, learningRate);
  }
}
