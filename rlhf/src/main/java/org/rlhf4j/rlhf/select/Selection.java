package org.rlhf4j.rlhf.select;

import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Which completions to fine-tune on. Each way takes as many as there are prompts, so that what one
 * gains over its random control is the reward's doing and not that of more data.
 */
public enum Selection {
  /** The best of each prompt. */
  TOP_PER_PROMPT {
    @Override
    public List<RejectionSampling.Choice> choose(double[][] rewards, RandomGenerator random) {
      return RejectionSampling.topPerPrompt(rewards);
    }
  },
  /** The best of all; a prompt may give several or none. */
  TOP_OVERALL {
    @Override
    public List<RejectionSampling.Choice> choose(double[][] rewards, RandomGenerator random) {
      return RejectionSampling.topOverall(rewards, rewards.length);
    }
  },
  /** One of each prompt, whatever its reward. */
  RANDOM_PER_PROMPT {
    @Override
    public List<RejectionSampling.Choice> choose(double[][] rewards, RandomGenerator random) {
      return RejectionSampling.randomPerPrompt(rewards, random);
    }
  },
  /** Any of all. */
  RANDOM_OVERALL {
    @Override
    public List<RejectionSampling.Choice> choose(double[][] rewards, RandomGenerator random) {
      return RejectionSampling.randomOverall(rewards, rewards.length, random);
    }
  };

  /**
   * {@return as many choices as prompts}
   *
   * @param rewards of all completions, [prompts][completions]
   * @param random for the controls
   */
  public abstract List<RejectionSampling.Choice> choose(double[][] rewards, RandomGenerator random);
}
