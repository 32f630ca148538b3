package org.rlhf4j.rlhf.experiment;

import java.util.List;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.train.FineTuning;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;

/** Imitation of examples, in shuffled passes over them until the steps are done. */
public record TuningConfig(int steps, int batchSize, double learningRate) {
  public TuningConfig {
    new FineTuning(steps, batchSize, learningRate);
  }

  FineTuning tuning() {
    return new FineTuning(steps, batchSize, learningRate);
  }

  /** Trains a policy. */
  public void tune(
      Decoder policy,
      List<Dialogue> examples,
      Pool pool,
      String stage,
      Journal journal,
      RandomKey key) {
    tuning().train(policy, examples, pool, stage, journal, key);
  }
}
