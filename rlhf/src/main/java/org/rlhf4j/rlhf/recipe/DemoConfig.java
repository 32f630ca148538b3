package org.rlhf4j.rlhf.recipe;

import org.rlhf4j.tensor.Check;

/**
 * Everything that decides a run, as it is written to {@code config.yaml}. Sizes are chosen for two
 * cores: the full run takes a few minutes, the quick one walks through every stage.
 *
 * @param seed root of all randomness
 * @param model the decoder that is pretrained; unused with a given base
 * @param sampling of completions in every stage
 */
public record DemoConfig(
    long seed,
    Model model,
    Sampling sampling,
    Pretraining pretraining,
    Tuning tuning,
    Preferences preferences,
    Tuning rewardModel,
    Ppo ppo,
    Dpo dpo,
    Evaluation evaluation) {

  /** Shape of the decoder. */
  public record Model(int contextLength, int width, int layers, int heads, int feedForwardWidth) {}

  /** Of completions. */
  public record Sampling(double temperature, int maxNewTokens, int batchSize) {
    public Sampling {
      Check.positive("temperature", temperature);
      Check.positive("maxNewTokens", maxNewTokens);
      Check.positive("batchSize", batchSize);
    }
  }

  /** Next-token prediction on running text: examples of the grammar, windows of the text. */
  public record Pretraining(int examples, int steps, int batchSize, double learningRate) {
    public Pretraining {
      Check.positive("examples", examples);
      Check.positive("steps", steps);
      Check.positive("batchSize", batchSize);
      Check.positive("learningRate", learningRate);
    }
  }

  /** Passes over examples in batches. */
  public record Tuning(int examples, int batchSize, double learningRate) {
    public Tuning {
      Check.positive("examples", examples);
      Check.positive("batchSize", batchSize);
      Check.positive("learningRate", learningRate);
    }
  }

  /**
   * Pairs of answers and their labels.
   *
   * @param labelNoise probability that a label is turned round
   * @param heldOut pairs kept for the accuracy of the reward model
   */
  public record Preferences(int pairs, double labelNoise, int heldOut) {
    public Preferences {
      Check.positive("pairs", pairs);
      Check.range("labelNoise", labelNoise, 0, 0.5);
      Check.positive("heldOut", heldOut);
    }
  }

  /**
   * Proximal policy optimisation.
   *
   * @param rollouts completions of an iteration
   * @param klCoefficient beta of the penalty in the reward
   * @param valueCoefficient weight of the value loss
   * @param missingEndPenalty taken from the reward of a completion that was cut off
   */
  public record Ppo(
      int iterations,
      int rollouts,
      int epochs,
      int batchSize,
      double learningRate,
      double clipRange,
      double valueClipRange,
      double valueCoefficient,
      double gamma,
      double lambda,
      double klCoefficient,
      double missingEndPenalty) {}

  /** Direct preference optimisation. */
  public record Dpo(int epochs, int batchSize, double learningRate, double beta) {}

  /** On prompts that no stage has seen. */
  public record Evaluation(int prompts, int shown) {
    public Evaluation {
      Check.positive("prompts", prompts);
      Check.range("shown", shown, 0, prompts);
    }
  }

  /** {@return the full run} */
  public static DemoConfig full(long seed) {
    return new DemoConfig(
        seed,
        new Model(128, 64, 4, 4, 176),
        new Sampling(1, 72, 128),
        new Pretraining(4000, 500, 32, 3e-3),
        new Tuning(2000, 32, 1e-3),
        new Preferences(1200, 0.1, 200),
        new Tuning(1200, 32, 1e-3),
        new Ppo(30, 128, 2, 32, 5e-4, 0.2, 0.2, 0.5, 1, 0.95, 0.05, 1),
        new Dpo(2, 32, 2e-4, 0.1),
        new Evaluation(256, 6));
  }

  /** {@return all stages in well under a minute; figures of such a run mean little} */
  public static DemoConfig quick(long seed) {
    return new DemoConfig(
        seed,
        new Model(128, 48, 2, 4, 128),
        new Sampling(1, 72, 64),
        new Pretraining(1000, 120, 32, 4e-3),
        new Tuning(640, 32, 1e-3),
        new Preferences(256, 0.1, 64),
        new Tuning(256, 32, 1e-3),
        new Ppo(5, 64, 2, 32, 5e-4, 0.2, 0.2, 0.5, 1, 0.95, 0.05, 1),
        new Dpo(1, 32, 2e-4, 0.1),
        new Evaluation(64, 3));
  }
}
