package org.rlhf4j.rlhf.offline;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.Schedule;
import org.rlhf4j.rlhf.direct.Kto;
import org.rlhf4j.rlhf.direct.PreferenceLoss;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Milestones;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.rlhf.train.Trainer;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * Trains a policy on pairs by any direct-alignment loss.
 *
 * @param epochs passes over the pairs
 * @param batchSize pairs of an update
 * @param microBatchSize pairs at once; an update is the same for any, memory is not. KTO, whose
 *     point of reference is an average over the batch, takes a batch whole
 * @param learningRate at its highest, after a tenth of the updates
 */
public record PreferenceOptimization(
    PreferenceLoss loss, int epochs, int batchSize, int microBatchSize, double learningRate) {
  public PreferenceOptimization {
    Check.positive("epochs", epochs);
    Check.positive("batchSize", batchSize);
    Check.positive("microBatchSize", microBatchSize);
    Check.positive("learningRate", learningRate);
  }

  /**
   * Trains a policy.
   *
   * @param policy is changed
   * @param stage under which the journal has the figures of each update
   */
  public void train(
      Decoder policy,
      List<ReferencedPair> pairs,
      Pool pool,
      String stage,
      Journal journal,
      RandomKey key) {
    train(policy, pairs, pool, stage, journal, key, Milestones.NONE);
  }

  /**
   * Trains a policy, with pauses.
   *
   * @param policy is changed
   * @param stage under which the journal has the figures of each update
   * @param milestones where it pauses, and from where it goes on
   */
  public void train(
      Decoder policy,
      List<ReferencedPair> pairs,
      Pool pool,
      String stage,
      Journal journal,
      RandomKey key,
      Milestones milestones) {
    int part = loss instanceof Kto ? batchSize : microBatchSize;
    List<List<List<ReferencedPair>>> steps = new ArrayList<>();
    for (int epoch = 0; epoch < epochs; epoch++) {
      Order.batches(pairs, batchSize, key.child(epoch))
          .forEach(batch -> steps.add(Order.parts(batch, part)));
    }
    try (Workspace workspace = new Workspace(pool)) {
      new Trainer(
              policy.parameters(),
              AdamW.Config.TUNING,
              Schedule.cosine(learningRate, steps.size() / 10, steps.size()),
              1,
              workspace)
          .run(
              stage,
              steps,
              new PreferenceObjective(policy, loss),
              batch ->
                  batch.stream()
                      .mapToLong(p -> p.pair().chosen().length() + p.pair().rejected().length())
                      .sum(),
              "loss",
              journal,
              _ -> false,
              milestones);
    }
  }
}
