package org.rlhf4j.rlhf.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.rlhf4j.rlhf.data.JsonLines;
import org.rlhf4j.rlhf.experiment.PolicyConfig;
import org.rlhf4j.rlhf.online.OnlineOptions;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.WeightedReward;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rlhf4j ppo}. */
@Command(
    name = "ppo",
    description = {
      "Policy optimisation for a reward, by any policy gradient. --epochs are passes over the"
          + " completions of an iteration.",
      "Data: {\"prompt\": \"..\"}"
    },
    mixinStandardHelpOptions = true)
final class PpoCommand implements Callable<Integer> {
  @Mixin private StageOptions options = new StageOptions();
  @Mixin private TrainingOptions training = new TrainingOptions();
  @Mixin private SamplingOptions sampling = new SamplingOptions();

  @Option(
      names = "--algorithm",
      paramLabel = "NAME",
      description =
          "PPO, GRPO, RLOO, 'Dr. GRPO', DAPO, GSPO, CISPO, REINFORCE, ... (default: ${DEFAULT-VALUE}).")
  private String algorithm = "PPO";

  @Option(
      names = "--kl-coefficient",
      description = "Pull to the base, where the algorithm has one (default: ${DEFAULT-VALUE}).")
  private double klCoefficient = 0.05;

  @Option(names = "--iterations", description = "Default: ${DEFAULT-VALUE}.")
  private int iterations = 20;

  @Option(names = "--prompts", description = "Of an iteration (default: ${DEFAULT-VALUE}).")
  private int prompts = 16;

  @Option(names = "--group-size", description = "Answers to each (default: ${DEFAULT-VALUE}).")
  private int groupSize = 8;

  @Option(
      names = "--reference-every",
      paramLabel = "ITERATIONS",
      description =
          "Make the policy the new reference so often; 0 keeps the base (default: ${DEFAULT-VALUE}).")
  private int referenceEvery;

  @Override
  public Integer call() {
    List<String> texts = JsonLines.prompts(training.data);
    sampling.check();
    if (referenceEvery > 0 && training.saves()) {
      throw new IllegalArgumentException(
          "--save-every keeps no reference that moves; leave out --reference-every or it");
    }
    PolicyConfig config =
        new PolicyConfig(
            algorithm,
            klCoefficient,
            sampling.temperature,
            iterations,
            prompts,
            groupSize,
            training.epochs,
            training.batchSize,
            training.learningRate,
            0);
    return options.run(model -> {
      StageOptions.Opened opened = training.learner(model);
      opened.requireRoom(texts, sampling.maxNewTokens);
      Reward reward = sampling.reward(opened);
      Path folder = training.folder("ppo");
      try (Workspace workspace = new Workspace(opened.pool())) {
        Decoder reference = opened.decoder().copy(workspace);
        config
            .optimization(
                List.of(new WeightedReward("reward", 1, reward)),
                sampling.sampler(opened),
                OnlineOptions.USUAL
                    .withOwnTrunk() // any --kl-coefficient holds then
                    .withReferenceEvery(referenceEvery)
                    .with(training.milestones(folder, List.of())))
            .train(
                opened.decoder(),
                reference,
                texts,
                "ppo",
                training.journal(folder),
                opened.key().child("ppo"));
      }
      opened.save(folder);
      training.done(folder);
    });
  }
}
