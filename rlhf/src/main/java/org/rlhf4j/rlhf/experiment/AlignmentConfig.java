package org.rlhf4j.rlhf.experiment;

import org.rlhf4j.rlhf.direct.PreferenceLoss;
import org.rlhf4j.rlhf.offline.PreferenceOptimization;
import org.rlhf4j.tensor.Check;

/** Training on pairs by a direct-alignment loss. */
public record AlignmentConfig(int epochs, int batchSize, double learningRate) {
  private static final int PAIRS_AT_ONCE = 16;

  public AlignmentConfig {
    Check.positive("epochs", epochs);
    Check.positive("batchSize", batchSize);
    Check.positive("learningRate", learningRate);
  }

  PreferenceOptimization by(PreferenceLoss loss) {
    return new PreferenceOptimization(loss, epochs, batchSize, PAIRS_AT_ONCE, learningRate);
  }
}
