package org.rlhf4j.rlhf.online;

import org.rlhf4j.nn.Schedule;
import org.rlhf4j.tensor.Check;

/**
 * Sizes and rates of learning from fresh pairs.
 *
 * @param iterations of sampling, labelling and one update
 * @param prompts of an iteration, each answered twice
 * @param microBatchSize pairs at once; an update is the same for any, memory is not
 * @param learningRate reached after a twentieth of the updates; falls linearly to a tenth
 * @param maxGradientNorm to which gradients are clipped
 * @param referenceEvery iterations after which the policy becomes the new reference; 0 never
 */
public record OnlinePreferenceConfig(
    int iterations,
    int prompts,
    int microBatchSize,
    double learningRate,
    double maxGradientNorm,
    int referenceEvery) {
  public OnlinePreferenceConfig {
    Check.positive("iterations", iterations);
    Check.positive("prompts", prompts);
    Check.positive("microBatchSize", microBatchSize);
    Check.positive("learningRate", learningRate);
    Check.positive("maxGradientNorm", maxGradientNorm);
    Check.notNegative("referenceEvery", referenceEvery);
  }

  /** {@return one reference throughout} */
  public static OnlinePreferenceConfig of(int iterations, int prompts, double learningRate) {
    return new OnlinePreferenceConfig(
        iterations, prompts, Math.min(prompts, 16), learningRate, 1, 0);
  }

  /** {@return the learning rate of every update} */
  Schedule schedule() {
    return new Schedule(learningRate, iterations / 20, iterations, 0.1, Schedule.Decay.LINEAR);
  }
}
