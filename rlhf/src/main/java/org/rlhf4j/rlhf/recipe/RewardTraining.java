package org.rlhf4j.rlhf.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.nn.Schedule;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.reward.RewardModelLoss;
import org.rlhf4j.rlhf.train.Objective;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.rlhf.train.Progress;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.rlhf.train.ScalarHead;
import org.rlhf4j.rlhf.train.Trainer;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * Stage 4: a Bradley-Terry reward model, started from the tuned policy, one pass over the pairs.
 */
public final class RewardTraining {
  static final String NAME = "reward";
  private static final int PAIRS_AT_ONCE = 16; // a step is the same for any; memory is not
  private static final double CENTRING = 0.01;

  private RewardTraining() {}

  /** -log sigmoid(r(chosen) - r(rejected)), with rewards held around zero. */
  public record Comparison(RewardModel model) implements Objective<List<PreferencePair>> {
    @Override
    public LossOutput loss(Tape tape, List<PreferencePair> pairs, Totals totals) {
      List<Dialogue> both = new ArrayList<>();
      pairs.forEach(pair -> both.add(pair.chosen()));
      pairs.forEach(pair -> both.add(pair.rejected()));
      Variable rewards = model.rewards(tape, DialogueBatch.of(both), Mode.EVALUATION);
      return new RewardModelLoss(CENTRING)
          .apply(rewards.slice(0, 0, pairs.size()), rewards.slice(0, pairs.size(), both.size()))
          .part(pairs.size() / (double) totals.sequences());
    }

    @Override
    public Totals totals(List<PreferencePair> pairs) {
      return PreferencePair.totals(pairs);
    }
  }

  /** {@return the untrained model: a policy's body under a new head} */
  public static RewardModel start(Decoder body, Workspace workspace, RandomKey key) {
    ParameterScope scope = ParameterScope.root(workspace, key).child("rewardHead");
    return new RewardModel(body, new ScalarHead(scope, body.config().width()));
  }

  static RewardModel run(Run run, Decoder policy, List<PreferencePair> pairs) {
    DemoConfig.Tuning config = run.config().rewardModel();
    RandomKey key = run.key().child(NAME);
    RewardModel model = start(policy.copy(run.workspace()), run.workspace(), key);
    int training = Math.min(config.examples(), run.config().preferences().pairs());
    List<List<PreferencePair>> batches =
        Order.batches(pairs.subList(0, training), config.batchSize(), key.child("order"));
    Comparison comparison = new Comparison(model);
    try (Workspace workspace = new Workspace(run.pool());
        Progress progress = new Progress(NAME, batches.size())) {
      Trainer trainer =
          new Trainer(
              model.parameters(),
              AdamW.Config.TUNING,
              Schedule.cosine(config.learningRate(), batches.size() / 10, batches.size()),
              1,
              workspace);
      for (int step = 0; step < batches.size(); step++) {
        Map<String, Double> metrics =
            trainer.step(Order.parts(batches.get(step), PAIRS_AT_ONCE), comparison);
        run.journal().log(NAME, step, metrics);
        progress.step(
            batches.get(step).stream()
                .mapToLong(pair -> pair.chosen().length() + pair.rejected().length())
                .sum(),
            "accuracy",
            metrics.getOrDefault("accuracy", 0.0));
      }
    }
    double accuracy = heldOutAccuracy(run, model, pairs);
    run.journal().log(NAME, batches.size(), Map.of("held_out_accuracy", accuracy));
    return model;
  }

  /** {@return {@link #accuracy} on the pairs that were kept apart} */
  static double heldOutAccuracy(Run run, RewardModel model, List<PreferencePair> pairs) {
    return accuracy(run, model, pairs.subList(run.config().preferences().pairs(), pairs.size()));
  }

  /**
   * {@return the fraction of pairs, which the model has not seen, that it orders as the labels do}
   */
  static double accuracy(Run run, RewardModel model, List<PreferencePair> heldOut) {
    int batch = run.config().sampling().batchSize();
    double[] chosen =
        model.score(heldOut.stream().map(PreferencePair::chosen).toList(), run.pool(), batch);
    double[] rejected =
        model.score(heldOut.stream().map(PreferencePair::rejected).toList(), run.pool(), batch);
    int right = 0;
    for (int i = 0; i < chosen.length; i++) {
      right += chosen[i] > rejected[i] ? 1 : 0;
    }
    return right / (double) chosen.length;
  }
}
