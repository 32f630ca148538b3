package org.rlhf4j.rlhf.train;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.Schedule;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.data.DialogueTokens;
import org.rlhf4j.rlhf.data.Packing;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * Imitation of examples, in shuffled passes over them until the steps are done.
 *
 * @param batchSize examples of a step
 * @param learningRate at its highest, after a twentieth of the steps
 * @param rowLength most tokens of a row into which the examples of a step are packed one after
 *     another, none seeing another; 0 pads them instead. A step is the same for any, time is not
 */
public record FineTuning(int steps, int batchSize, double learningRate, int rowLength) {
  private static final int PADDED = 0;

  public FineTuning {
    Check.positive("steps", steps);
    Check.positive("batchSize", batchSize);
    Check.positive("learningRate", learningRate);
    Check.notNegative("rowLength", rowLength);
  }

  /** Of padded batches. */
  public FineTuning(int steps, int batchSize, double learningRate) {
    this(steps, batchSize, learningRate, PADDED);
  }

  /**
   * Trains a policy.
   *
   * @param policy is changed
   * @param stage under which the journal has the figures of each step
   */
  public void train(
      Decoder policy,
      List<Dialogue> examples,
      Pool pool,
      String stage,
      Journal journal,
      RandomKey key) {
    train(policy, examples, pool, stage, journal, key, _ -> false, Milestones.NONE);
  }

  /**
   * Trains a policy until it has learned enough, or the steps are done.
   *
   * @param policy is changed
   * @param stage under which the journal has the figures of each step
   * @param enough whether as many steps as this suffice; asked before each
   * @param milestones where it pauses, and from where it goes on
   */
  public void train(
      Decoder policy,
      List<Dialogue> examples,
      Pool pool,
      String stage,
      Journal journal,
      RandomKey key,
      IntPredicate enough,
      Milestones milestones) {
    if (examples.isEmpty()) {
      throw new IllegalArgumentException(stage + " has no examples to imitate");
    }
    List<List<DialogueTokens>> batches = new ArrayList<>();
    for (int epoch = 0; batches.size() < steps; epoch++) {
      Order.batches(examples, batchSize, key.child(epoch)).stream()
          .limit(steps - batches.size())
          .forEach(batch -> batches.add(laidOut(batch)));
    }
    try (Workspace workspace = new Workspace(pool)) {
      new Trainer(
              policy.parameters(),
              AdamW.Config.TUNING,
              Schedule.cosine(learningRate, steps / 20, steps),
              1,
              workspace)
          .run(
              stage,
              batches,
              new Imitation(policy),
              DialogueTokens::tokenCount,
              "nll",
              journal,
              enough,
              milestones);
    }
  }

  private List<DialogueTokens> laidOut(List<Dialogue> batch) {
    if (rowLength == PADDED) {
      return List.of(DialogueBatch.of(batch));
    }
    int[] lengths = batch.stream().mapToInt(Dialogue::length).toArray();
    return Packing.bins(lengths, rowLength).stream()
        .<DialogueTokens>map(bin -> Packing.of(bin.stream().map(batch::get).toList()))
        .toList();
  }
}
