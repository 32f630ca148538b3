package org.rlhf4j.rlhf.recipe;

import java.util.List;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.direct.PreferenceLoss;
import org.rlhf4j.rlhf.offline.PreferenceOptimization;
import org.rlhf4j.rlhf.offline.ReferencedPair;
import org.rlhf4j.transformer.Decoder;

/** Stage 5b: the same pairs without a reward model, by any direct-alignment loss. */
final class DirectAlignment {
  static final String NAME = "dpo";

  private static final int PAIRS_AT_ONCE = 16;

  private DirectAlignment() {}

  static Decoder run(Run run, Decoder reference, List<PreferencePair> pairs, PreferenceLoss loss) {
    DemoConfig.Dpo config = run.config().dpo();
    Decoder policy = reference.copy(run.workspace());
    List<PreferencePair> training = pairs.subList(0, run.config().preferences().pairs());
    double[] unscored = new double[training.size()];
    List<ReferencedPair> referenced =
        ReferencedPair.of(
            training,
            unscored,
            unscored,
            reference,
            run.pool(),
            run.config().sampling().batchSize());
    new PreferenceOptimization(
            loss, config.epochs(), config.batchSize(), PAIRS_AT_ONCE, config.learningRate())
        .train(policy, referenced, run.pool(), NAME, run.journal(), run.key().child(NAME));
    return policy;
  }
}
