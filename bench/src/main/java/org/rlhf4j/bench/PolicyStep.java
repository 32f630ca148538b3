package org.rlhf4j.bench;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.rlhf4j.nn.Schedule;
import org.rlhf4j.rlhf.data.Template;
import org.rlhf4j.rlhf.online.OnlineConfig;
import org.rlhf4j.rlhf.policy.AdvantageEstimator;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.tensor.kernel.RotaryLayout;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.tokenizer.ByteTokenizer;

/**
 * A step of policy optimisation whose sizes are those of the demo, but for completions that all
 * have one length, so that both sides make as many tokens: the model's vocabulary ends before the
 * token that ends a text.
 *
 * @param prompts asked in a step
 * @param groupSize completions of each
 * @param newTokens of a completion
 * @param epochs passes over the completions
 * @param batchSize completions of an update
 * @param samplingBatchSize completions that are sampled or scored at once
 */
record PolicyStep(
    PolicyGradient algorithm,
    int prompts,
    int groupSize,
    int newTokens,
    int epochs,
    int batchSize,
    int samplingBatchSize) {
  static final double CLIP_RANGE = 0.2;
  static final double VALUE_COEFFICIENT = 0.5;
  private static final double LEARNING_RATE = 5e-4;
  private static final int LETTERS = 16;
  private static final int TEXTS = 64;

  /** {@return the demo's PPO: a critic on the policy's body} */
  static PolicyStep ppo() {
    return new PolicyStep(PolicyGradient.ppo(0.05), 128, 1, 47, 2, 32, 64);
  }

  /** {@return GRPO on as many completions, in groups of eight} */
  static PolicyStep grpo() {
    return new PolicyStep(PolicyGradient.grpo(0.04), 16, 8, 47, 2, 32, 64);
  }

  /** {@return the same on fewer and shorter completions} */
  PolicyStep small() {
    return new PolicyStep(algorithm, 16 / groupSize, groupSize, 7, epochs, 8, 8);
  }

  /** {@return the demo's decoder; halves of a head turn together, as on libtorch's side} */
  static DecoderConfig model() {
    int vocabulary = new ByteTokenizer().end();
    return DecoderConfig.llama(vocabulary, 128, 64, 4, 4, 4, 176)
        .withRotaryLayout(RotaryLayout.HALVES);
  }

  boolean hasCritic() {
    return algorithm.advantage() instanceof AdvantageEstimator.Critic;
  }

  /** {@return tokens of a prompt: BOS and its letters} */
  int promptLength() {
    return 1 + LETTERS;
  }

  /** {@return tokens of prompt and completion} */
  int time() {
    return promptLength() + newTokens;
  }

  int samples() {
    return prompts * groupSize;
  }

  int updates() {
    return epochs * samples() / batchSize;
  }

  /** {@return sizes and rates of one iteration on our side} */
  OnlineConfig config() {
    return new OnlineConfig(
        1,
        prompts,
        groupSize,
        epochs,
        batchSize,
        batchSize,
        LEARNING_RATE,
        1,
        CLIP_RANGE,
        VALUE_COEFFICIENT,
        0);
  }

  /** {@return the rate of an update, as {@link OnlineConfig} says} */
  double learningRate(int update) {
    return new Schedule(LEARNING_RATE, updates() / 20, updates(), 0.1, Schedule.Decay.LINEAR)
        .at(update);
  }

  /** {@return texts of equal length to draw prompts from} */
  static List<String> texts() {
    Random random = new Random(1);
    return IntStream.range(0, TEXTS)
        .mapToObj(_ ->
            random
                .ints(LETTERS, 'a', 'z' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString())
        .toList();
  }

  static Template template() {
    return Template.continuation(new ByteTokenizer());
  }

  /** {@return prompts of a step as ids, {@code [samples][promptLength]}} */
  long[][] promptIds() {
    List<String> texts = texts();
    return IntStream.range(0, samples())
        .mapToObj(i -> template().prompt(texts.get(i / groupSize % texts.size())))
        .map(ids -> IntStream.of(ids).asLongStream().toArray())
        .toArray(long[][]::new);
  }

  /**
   * {@return what a step must do} Forward is a third of training; a completion is sampled and
   * scored by reward model, by reference, and by a critic if there is one.
   */
  Work work() {
    double weights = TrainingBenchmark.weights(model());
    double tokens = samples() * (double) time();
    double forwards = (hasCritic() ? 4 : 3) * 2 * weights * tokens;
    double training = 6 * weights * tokens * epochs;
    double reads = 4 * weights * newTokens * Math.ceilDiv(samples(), samplingBatchSize);
    return new Work(
        forwards + training, reads + (28 + 12) * weights * updates(), samples() * newTokens);
  }
}
