package org.rlhf4j.rlhf.experiment;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.Schedule;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.recipe.RewardTraining;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.rlhf.train.Trainer;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/** A reward model learned from pairs: what stands in for the gold reward, which is never seen. */
public record ProxyConfig(int epochs, int batchSize, double learningRate) {
  private static final int PAIRS_AT_ONCE = 16;

  public ProxyConfig {
    Check.positive("epochs", epochs);
    Check.positive("batchSize", batchSize);
    Check.positive("learningRate", learningRate);
  }

  /** {@return a Bradley-Terry reward model on a copy of the policy, which the workspace owns} */
  RewardModel learn(
      Decoder policy,
      List<PreferencePair> pairs,
      Workspace workspace,
      Journal journal,
      RandomKey key) {
    RewardModel model = RewardTraining.start(policy.copy(workspace), workspace, key);
    List<List<List<PreferencePair>>> steps = new ArrayList<>();
    for (int epoch = 0; epoch < epochs; epoch++) {
      Order.batches(pairs, batchSize, key.child("order").child(epoch))
          .forEach(batch -> steps.add(Order.parts(batch, PAIRS_AT_ONCE)));
    }
    try (Workspace own = new Workspace(workspace.pool())) {
      new Trainer(
              model.parameters(),
              AdamW.Config.TUNING,
              Schedule.cosine(learningRate, steps.size() / 10, steps.size()),
              1,
              own)
          .run(
              "reward",
              steps,
              new RewardTraining.Comparison(model),
              batch ->
                  batch.stream()
                      .mapToLong(pair -> pair.chosen().length() + pair.rejected().length())
                      .sum(),
              "accuracy",
              journal);
    }
    return model;
  }

  /** {@return the fraction of pairs that a reward model orders as their labels do} */
  static double accuracy(RewardModel model, List<PreferencePair> pairs, Pool pool) {
    double[] chosen =
        model.score(pairs.stream().map(PreferencePair::chosen).toList(), pool, PAIRS_AT_ONCE);
    double[] rejected =
        model.score(pairs.stream().map(PreferencePair::rejected).toList(), pool, PAIRS_AT_ONCE);
    double right = 0;
    for (int i = 0; i < chosen.length; i++) {
      right += chosen[i] > rejected[i] ? 1 : 0;
    }
    return right / chosen.length;
  }
}
