package org.rlhf4j.rlhf.experiment;

import java.util.List;
import org.rlhf4j.rlhf.online.KlCoefficient;
import org.rlhf4j.rlhf.online.OnlineConfig;
import org.rlhf4j.rlhf.online.OnlineOptions;
import org.rlhf4j.rlhf.online.PolicyOptimization;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.online.WeightedReward;
import org.rlhf4j.rlhf.policy.Aggregation;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.policy.PolicyLoss;
import org.rlhf4j.tensor.Check;

/**
 * Policy optimisation of a recipe. The other sizes are {@link OnlineConfig}'s.
 *
 * @param algorithm a name of {@link PolicyGradient#presets}
 * @param klCoefficient in place of the preset's; without effect where the preset pays no KL
 * @param temperature that is sampled and trained at
 */
public record PolicyConfig(
    String algorithm,
    double klCoefficient,
    double temperature,
    int iterations,
    int prompts,
    int groupSize,
    int epochs,
    int batchSize,
    double learningRate,
    int resamplings) {
  public PolicyConfig {
    preset(algorithm);
    Check.notNegative("klCoefficient", klCoefficient);
    Check.positive("temperature", temperature);
    online(iterations, prompts, groupSize, epochs, batchSize, learningRate, resamplings);
  }

  /**
   * {@return the algorithm}
   *
   * @param maxNewTokens by which one that divides by a fixed length divides
   */
  public PolicyGradient gradient(int maxNewTokens) {
    PolicyGradient preset = KlCoefficient.with(preset(algorithm), klCoefficient);
    PolicyLoss loss = preset.loss();
    return loss.aggregation() instanceof Aggregation.FixedLength
        ? new PolicyGradient(
            preset.name(),
            preset.source(),
            preset.advantage(),
            new PolicyLoss(
                loss.ratio(),
                loss.surrogate(),
                loss.kl(),
                new Aggregation.FixedLength(maxNewTokens)))
        : preset;
  }

  /**
   * {@return the trainer, whose KL coefficient stays}
   *
   * @param rewards of which the weighted sum is optimised
   */
  public PolicyOptimization optimization(
      List<WeightedReward> rewards, Sampler sampler, OnlineOptions options) {
    PolicyGradient algorithm = gradient(sampler.maxNewTokens());
    return new PolicyOptimization(
        algorithm, KlCoefficient.of(algorithm), rewards, sampler, online(), options);
  }

  /** {@return the same with so many rounds of new groups for those without contrast} */
  PolicyConfig withResamplings(int rounds) {
    return new PolicyConfig(
        algorithm,
        klCoefficient,
        temperature,
        iterations,
        prompts,
        groupSize,
        epochs,
        batchSize,
        learningRate,
        rounds);
  }

  /** {@return the sizes and rates of the trainer} */
  public OnlineConfig online() {
    return online(iterations, prompts, groupSize, epochs, batchSize, learningRate, resamplings);
  }

  private static OnlineConfig online(
      int iterations,
      int prompts,
      int groupSize,
      int epochs,
      int batchSize,
      double learningRate,
      int resamplings) {
    return new OnlineConfig(
        iterations,
        prompts,
        groupSize,
        epochs,
        batchSize,
        batchSize,
        learningRate,
        1,
        0.2,
        0.5,
        resamplings);
  }

  private static PolicyGradient preset(String name) {
    return PolicyGradient.presets().stream()
        .filter(preset -> preset.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            Nearest.unknown(
                "algorithm",
                name,
                PolicyGradient.presets().stream().map(PolicyGradient::name).toList()));
  }
}
