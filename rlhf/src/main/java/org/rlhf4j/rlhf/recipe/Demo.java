package org.rlhf4j.rlhf.recipe;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.direct.Dpo;
import org.rlhf4j.rlhf.report.Report;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * The whole of RLHF once: base, instruction tuning, preferences, reward model, PPO and DPO,
 * evaluation. Everything it makes lies in one folder: report, metrics, config, pairs, checkpoints.
 *
 * @param config sizes and rates
 * @param task what is learned
 * @param base where the base model comes from: pretraining, or a file
 */
public record Demo(DemoConfig config, Task task, Function<Run, Decoder> base) {
  /** {@return the demo whose base model is pretrained} */
  public static Demo pretrained(DemoConfig config, Task task) {
    task.requireFits(config.model().contextLength());
    return new Demo(config, task, Pretraining::run);
  }

  /** What came out. */
  public record Outcome(Path report, double rewardAccuracy, List<PolicyScore> scores) {}

  /**
   * Runs all stages.
   *
   * @throws IllegalArgumentException if the folder holds a run already
   */
  public Outcome run(Backend backend, RunFolder folder) {
    return run(backend, folder, folder.begin(config, task.tokenizer()));
  }

  /**
   * Runs the stages that an interrupted run did not finish; the numbers are those of a run that was
   * never interrupted.
   *
   * @throws IllegalArgumentException if the folder holds no run, or one with another config
   */
  public Outcome resume(Backend backend, RunFolder folder) {
    return run(backend, folder, folder.resume(config));
  }

  private Outcome run(Backend backend, RunFolder folder, Journal journal) {
    try (Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Run run = new Run(config, task, new RandomKey(config.seed()), workspace, journal);

      Decoder pretrained = folder.decoder(Pretraining.NAME, workspace, () -> base.apply(run));
      Decoder sft =
          folder.decoder(
              InstructionTuning.NAME, workspace, () -> InstructionTuning.run(run, pretrained));
      List<PreferencePair> pairs = folder.pairs(() -> PreferenceCollection.run(run, sft));
      RewardModel rewardModel =
          folder.rewardModel(
              RewardTraining.NAME, workspace, () -> RewardTraining.run(run, sft, pairs));
      Decoder ppo =
          folder.decoder(
              ProximalPolicy.NAME, workspace, () -> ProximalPolicy.run(run, sft, rewardModel));
      Dpo loss = new Dpo(config.dpo().beta());
      Decoder dpo =
          folder.decoder(
              DirectAlignment.NAME, workspace, () -> DirectAlignment.run(run, sft, pairs, loss));

      Map<String, Decoder> policies = new LinkedHashMap<>();
      policies.put(Pretraining.NAME, pretrained);
      policies.put(InstructionTuning.NAME, sft);
      policies.put(ProximalPolicy.NAME, ppo);
      policies.put(DirectAlignment.NAME, dpo);
      List<PolicyScore> scores = Evaluation.run(run, policies, sft, rewardModel);
      double accuracy = RewardTraining.heldOutAccuracy(run, rewardModel, pairs);
      Path report = folder.file("report.html");
      Report.write(report, config, journal.entries(), accuracy, scores, task.heldOutPrompts());
      return new Outcome(report, accuracy, scores);
    }
  }
}
