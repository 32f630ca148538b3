package org.rlhf4j.rlhf.online;

import org.rlhf4j.nn.Schedule;
import org.rlhf4j.tensor.Check;

/**
 * Sizes and rates of policy optimisation; what is optimised, and how, is the {@link
 * org.rlhf4j.rlhf.policy.PolicyGradient}'s.
 *
 * @param iterations of sampling and updating
 * @param prompts drawn in each iteration
 * @param groupSize completions of each prompt
 * @param epochs passes over the completions of an iteration
 * @param batchSize completions of an update
 * @param microBatchSize completions at once; an update is the same for any, memory is not
 * @param learningRate reached after a twentieth of the updates; falls linearly to a tenth
 * @param maxGradientNorm to which gradients are clipped
 * @param valueClipRange of the value loss, where the algorithm has a critic
 * @param valueCoefficient weight of the value loss
 * @param resamplings most further rounds of sampling in place of prompts whose completions all got
 *     the same reward (DAPO); 0 keeps them
 */
public record OnlineConfig(
    int iterations,
    int prompts,
    int groupSize,
    int epochs,
    int batchSize,
    int microBatchSize,
    double learningRate,
    double maxGradientNorm,
    double valueClipRange,
    double valueCoefficient,
    int resamplings) {
  public OnlineConfig {
    Check.positive("iterations", iterations);
    Check.positive("prompts", prompts);
    Check.positive("groupSize", groupSize);
    Check.positive("epochs", epochs);
    Check.positive("batchSize", batchSize);
    Check.positive("microBatchSize", microBatchSize);
    Check.positive("learningRate", learningRate);
    Check.positive("maxGradientNorm", maxGradientNorm);
    Check.positive("valueClipRange", valueClipRange);
    Check.notNegative("valueCoefficient", valueCoefficient);
    Check.notNegative("resamplings", resamplings);
  }

  /** {@return one pass in two updates an iteration, nothing sampled again} */
  public static OnlineConfig of(int iterations, int prompts, int groupSize, double learningRate) {
    int batchSize = Math.ceilDiv(prompts * groupSize, 2);
    return new OnlineConfig(
        iterations, prompts, groupSize, 1, batchSize, batchSize, learningRate, 1, 0.2, 0.5, 0);
  }

  /** {@return the learning rate of every update} */
  Schedule schedule() {
    int updates = iterations * epochs * Math.ceilDiv(prompts * groupSize, batchSize);
    return new Schedule(learningRate, updates / 20, updates, 0.1, Schedule.Decay.LINEAR);
  }
}
