package org.rlhf4j.rlhf.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import org.rlhf4j.rlhf.data.MoodReward;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.scoring.RewardModelFile;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.transformer.Sampling;
import picocli.CommandLine.Option;

/** How completions are drawn and what they are worth. */
final class SamplingOptions {
  private static final int AT_ONCE = 64;

  @Option(
      names = "--reward",
      paramLabel = "REWARD",
      description =
          "mood (how happy a text is), or the reward.safetensors of a stage (default: ${DEFAULT-VALUE}).")
  private String reward = "mood";

  @Option(names = "--temperature", description = "Of sampling (default: ${DEFAULT-VALUE}).")
  double temperature = 1;

  @Option(names = "--max-new-tokens", description = "Of an answer (default: ${DEFAULT-VALUE}).")
  int maxNewTokens = 64;

  /** Refuses what could not be sampled by, before any work starts. */
  void check() {
    Check.positive("--temperature", temperature);
    Check.positive("--max-new-tokens", maxNewTokens);
    if (!reward.equals("mood") && !Files.isRegularFile(Path.of(reward))) {
      throw new IllegalArgumentException(
          "--reward '%s' is neither mood nor a file of a reward model".formatted(reward));
    }
  }

  Sampler sampler(StageOptions.Opened opened) {
    return new Sampler(
        opened.template(), Sampling.at(temperature), maxNewTokens, AT_ONCE, opened.pool());
  }

  Reward reward(StageOptions.Opened opened) {
    return reward.equals("mood")
        ? samples -> samples.stream().mapToDouble(s -> MoodReward.score(s.text(), true)).toArray()
        : Reward.learned(
            RewardModelFile.read(Path.of(reward), opened.workspace()), opened.pool(), AT_ONCE);
  }
}
