package org.rlhf4j.rlhf.experiment;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.Schedule;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.train.Imitation;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.rlhf.train.Trainer;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/** Imitation of examples, in shuffled passes over them until the steps are done. */
public record TuningConfig(int steps, int batchSize, double learningRate) {
  public TuningConfig {
    Check.positive("steps", steps);
    Check.positive("batchSize", batchSize);
    Check.positive("learningRate", learningRate);
  }

  /** Trains a policy. */
  public void tune(
      Decoder policy,
      List<Dialogue> examples,
      Pool pool,
      String stage,
      Journal journal,
      RandomKey key) {
    List<List<DialogueBatch>> batches = new ArrayList<>();
    for (int epoch = 0; batches.size() < steps; epoch++) {
      Order.batches(examples, batchSize, key.child(epoch)).stream()
          .limit(steps - batches.size())
          .forEach(batch -> batches.add(List.of(DialogueBatch.of(batch))));
    }
    try (Workspace workspace = new Workspace(pool)) {
      new Trainer(
              policy.parameters(),
              AdamW.Config.TUNING,
              Schedule.cosine(learningRate, steps / 20, steps),
              1,
              workspace)
          .run(stage, batches, new Imitation(policy), DialogueBatch::tokenCount, "nll", journal);
    }
  }
}
