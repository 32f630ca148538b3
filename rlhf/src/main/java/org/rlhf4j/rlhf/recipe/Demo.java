package org.rlhf4j.rlhf.recipe;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.rlhf4j.rlhf.direct.Dpo;
import org.rlhf4j.rlhf.report.Report;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Checkpoint;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.WordTokenizer;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The whole of RLHF once: base, instruction tuning, preferences, reward model, PPO and DPO,
 * evaluation. Everything it makes lies in one folder: report, metrics, config, checkpoints.
 *
 * @param config sizes and rates
 * @param folder where the run is kept; must not hold another one
 */
public record Demo(DemoConfig config, Path folder) {
  /** Where the base model comes from. */
  @FunctionalInterface
  public interface Base {
    /** {@return a decoder whose parameters the workspace owns} */
    Decoder load(Workspace workspace);
  }

  /** What came out. */
  public record Outcome(Path report, double rewardAccuracy, List<PolicyScore> scores) {}

  /** Runs all stages, the first being pretraining. */
  public Outcome run(Backend backend, Task task) {
    return run(backend, task, Pretraining::run);
  }

  /** Runs all stages but the first, from a given base model. */
  public Outcome runFrom(Backend backend, Task task, Base given) {
    return run(backend, task, run -> given.load(run.workspace()));
  }

  private Outcome run(Backend backend, Task task, Function<Run, Decoder> first) {
    prepare(task);
    try (Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Journal journal = new Journal(folder.resolve("metrics.jsonl"));
      Run run = new Run(config, task, new RandomKey(config.seed()), workspace, journal);

      Decoder base = saved(Pretraining.NAME, first.apply(run));
      Decoder sft = saved(InstructionTuning.NAME, InstructionTuning.run(run, base));
      List<PreferencePair> pairs = PreferenceCollection.run(run, sft);
      RewardModel rewardModel = RewardTraining.run(run, sft, pairs);
      Checkpoint.save(
          folder.resolve("reward.safetensors"),
          rewardModel.decoder(),
          rewardModel.head().parameters());
      double accuracy =
          RewardTraining.accuracy(
              run, rewardModel, pairs.subList(config.preferences().pairs(), pairs.size()));
      journal.log("reward_heldout", 0, Map.of("accuracy", accuracy));
      Decoder ppo = saved(ProximalPolicy.NAME, ProximalPolicy.run(run, sft, rewardModel));
      Decoder dpo =
          saved(
              DirectAlignment.NAME,
              DirectAlignment.run(run, sft, pairs, new Dpo(config.dpo().beta())));

      Map<String, Decoder> policies = new LinkedHashMap<>();
      policies.put("base", base);
      policies.put("sft", sft);
      policies.put("ppo", ppo);
      policies.put("dpo", dpo);
      List<PolicyScore> scores = Evaluation.run(run, policies, sft, rewardModel);
      Path report = folder.resolve("report.html");
      Report.write(report, config, journal.entries(), accuracy, scores, task.heldOutPrompts());
      return new Outcome(report, accuracy, scores);
    }
  }

  private Decoder saved(String name, Decoder decoder) {
    Checkpoint.save(folder.resolve(name + ".safetensors"), decoder, List.of());
    return decoder;
  }

  private void prepare(Task task) {
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("config.yaml"), new YAMLMapper().writeValueAsString(config));
      if (task.tokenizer() instanceof WordTokenizer words) {
        words.write(folder.resolve("tokenizer.txt"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write into " + folder, e);
    }
  }
}
