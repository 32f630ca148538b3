package org.rlhf4j.rlhf.scoring;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.nn.Schedule;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.reward.RewardModelLoss;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Milestones;
import org.rlhf4j.rlhf.train.Objective;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.rlhf.train.ScalarHead;
import org.rlhf4j.rlhf.train.Trainer;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * Trains a reward model in shuffled passes over labelled answers; what a label is, is the
 * objective's.
 *
 * @param epochs passes; more than one or two learn the labels by heart
 * @param batchSize labels of an update
 * @param microBatchSize labels at once; an update is the same for any, memory is not
 * @param learningRate at its highest, after a tenth of the updates
 */
public record RewardModeling(int epochs, int batchSize, int microBatchSize, double learningRate) {
  public RewardModeling {
    Check.positive("epochs", epochs);
    Check.positive("batchSize", batchSize);
    Check.positive("microBatchSize", microBatchSize);
    Check.positive("learningRate", learningRate);
  }

  /** {@return an untrained model: a copy of a policy's body under a new head} */
  public static RewardModel start(Decoder policy, Workspace workspace, RandomKey key) {
    ParameterScope scope = ParameterScope.root(workspace, key).child("rewardHead");
    return new RewardModel(policy.copy(workspace), new ScalarHead(scope, policy.config().width()));
  }

  /**
   * {@return a Bradley-Terry model of pairs of which only the order is known, on a copy of a
   * policy}
   *
   * @param centring weight of the penalty that holds rewards around zero
   * @param workspace owner of the model
   */
  public RewardModel ofPairs(
      Decoder policy,
      List<PreferencePair> pairs,
      double centring,
      Workspace workspace,
      String stage,
      Journal journal,
      RandomKey key) {
    RewardModel model = start(policy, workspace, key);
    train(
        model.parameters(),
        RatedPair.unrated(pairs),
        new PairObjective(model, new RewardModelLoss(centring), 0),
        RatedPair::length,
        "accuracy",
        workspace.pool(),
        stage,
        journal,
        key.child("order"));
    return model;
  }

  /** Trains without a pause; see the other {@code train}. */
  public <T> void train(
      List<Parameter> parameters,
      List<T> labels,
      Objective<List<T>> objective,
      ToLongFunction<T> tokens,
      String figure,
      Pool pool,
      String stage,
      Journal journal,
      RandomKey key) {
    train(
        parameters, labels, objective, tokens, figure, pool, stage, journal, key, Milestones.NONE);
  }

  /**
   * Trains.
   *
   * @param parameters are changed
   * @param tokens of a label, for the progress bar
   * @param figure the metric that the progress bar shows
   * @param stage under which the journal has the figures of each update
   * @param milestones where it pauses, and from where it goes on
   */
  public <T> void train(
      List<Parameter> parameters,
      List<T> labels,
      Objective<List<T>> objective,
      ToLongFunction<T> tokens,
      String figure,
      Pool pool,
      String stage,
      Journal journal,
      RandomKey key,
      Milestones milestones) {
    List<List<List<T>>> steps = new ArrayList<>();
    for (int epoch = 0; epoch < epochs; epoch++) {
      Order.batches(labels, batchSize, key.child(epoch))
          .forEach(batch -> steps.add(Order.parts(batch, microBatchSize)));
    }
    try (Workspace workspace = new Workspace(pool)) {
      new Trainer(
              parameters,
              AdamW.Config.TUNING,
              Schedule.cosine(learningRate, steps.size() / 10, steps.size()),
              1,
              workspace)
          .run(
              stage,
              steps,
              objective,
              part -> part.stream().mapToLong(tokens).sum(),
              figure,
              journal,
              _ -> false,
              milestones);
    }
  }
}
