package org.rlhf4j.rlhf.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.nn.Schedule;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.direct.PairLogprobs;
import org.rlhf4j.rlhf.direct.PreferenceLoss;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.train.Likelihoods;
import org.rlhf4j.rlhf.train.Objective;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.rlhf.train.Progress;
import org.rlhf4j.rlhf.train.Trainer;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/** Stage 5b: the same pairs without a reward model, by any direct-alignment loss. */
final class DirectAlignment {
  static final String NAME = "dpo";

  private static final int PAIRS_AT_ONCE = 16; // a step is the same for any; memory is not

  private DirectAlignment() {}

  /** A direct-alignment loss of policy and reference on pairs. */
  record Alignment(Decoder policy, Decoder reference, PreferenceLoss loss)
      implements Objective<List<PreferencePair>> {
    @Override
    public LossOutput loss(Tape tape, List<PreferencePair> pairs, Totals totals) {
      List<Dialogue> both = new ArrayList<>();
      pairs.forEach(pair -> both.add(pair.chosen()));
      pairs.forEach(pair -> both.add(pair.rejected()));
      DialogueBatch batch = DialogueBatch.of(both);
      Variable mine = Likelihoods.sequences(tape, policy, batch, Mode.EVALUATION);
      Variable theirs;
      try (Tape noGradient = Tape.noGrad(tape.workspace().pool())) {
        double[] values =
            Likelihoods.sequences(noGradient, reference, batch, Mode.EVALUATION)
                .value()
                .toDoubles();
        theirs = tape.constant(mine.shape(), values);
      }
      return loss.apply(halves(mine), halves(theirs))
          .part(pairs.size() / (double) totals.sequences());
    }

    private static PairLogprobs halves(Variable both) {
      int pairs = both.shape().dim(0) / 2;
      return new PairLogprobs(both.slice(0, 0, pairs), both.slice(0, pairs, 2 * pairs));
    }

    @Override
    public Totals totals(List<PreferencePair> pairs) {
      return PreferencePair.totals(pairs);
    }
  }

  static Decoder run(Run run, Decoder reference, List<PreferencePair> pairs, PreferenceLoss loss) {
    DemoConfig.Dpo config = run.config().dpo();
    Decoder policy = reference.copy(run.workspace());
    List<List<PreferencePair>> batches = new ArrayList<>();
    for (int epoch = 0; epoch < config.epochs(); epoch++) {
      batches.addAll(
          Order.batches(
              pairs.subList(0, run.config().preferences().pairs()),
              config.batchSize(),
              run.key().child(NAME).child(epoch)));
    }
    Alignment alignment = new Alignment(policy, reference, loss);
    try (Workspace workspace = new Workspace(run.pool());
        Progress progress = new Progress(NAME, batches.size())) {
      Trainer trainer =
          new Trainer(
              policy.parameters(),
              AdamW.Config.TUNING,
              Schedule.cosine(config.learningRate(), batches.size() / 10, batches.size()),
              1,
              workspace);
      for (int step = 0; step < batches.size(); step++) {
        Map<String, Double> metrics =
            trainer.step(Order.parts(batches.get(step), PAIRS_AT_ONCE), alignment);
        run.journal().log(NAME, step, metrics);
        progress.step(
            batches.get(step).stream()
                .mapToLong(pair -> pair.chosen().length() + pair.rejected().length())
                .sum(),
            "loss",
            metrics.getOrDefault("loss", 0.0));
      }
    }
    return policy;
  }
}
