package org.rlhf4j.rlhf.recipe;

import java.util.List;
import java.util.Map;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.scoring.RewardModeling;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.transformer.Decoder;

/**
 * Stage 4: a Bradley-Terry reward model, started from the tuned policy, one pass over the pairs.
 */
final class RewardTraining {
  static final String NAME = "reward";
  private static final int PAIRS_AT_ONCE = 16; // a step is the same for any; memory is not
  private static final double CENTRING = 0.01;

  private RewardTraining() {}

  static RewardModel run(Run run, Decoder policy, List<PreferencePair> pairs) {
    DemoConfig.Tuning config = run.config().rewardModel();
    int training = Math.min(config.examples(), run.config().preferences().pairs());
    RewardModel model =
        new RewardModeling(1, config.batchSize(), PAIRS_AT_ONCE, config.learningRate())
            .ofPairs(
                policy,
                pairs.subList(0, training),
                CENTRING,
                run.workspace(),
                NAME,
                run.journal(),
                run.key().child(NAME));
    run.journal()
        .log(
            NAME,
            Math.ceilDiv(training, config.batchSize()),
            Map.of("held_out_accuracy", heldOutAccuracy(run, model, pairs)));
    return model;
  }

  /** {@return the fraction of the pairs that were kept apart which the model orders as labelled} */
  static double heldOutAccuracy(Run run, RewardModel model, List<PreferencePair> pairs) {
    return model.accuracy(
        pairs.subList(run.config().preferences().pairs(), pairs.size()),
        run.pool(),
        run.config().sampling().batchSize());
  }
}
