package org.rlhf4j.rlhf.online;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.DoubleStream;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.direct.Kto;
import org.rlhf4j.rlhf.direct.PreferenceLoss;
import org.rlhf4j.rlhf.offline.PreferenceObjective;
import org.rlhf4j.rlhf.offline.ReferencedPair;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.rlhf.train.Progress;
import org.rlhf4j.rlhf.train.Trainer;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * Online DPO (arXiv 2402.04792) with any direct-alignment loss: the policy answers each prompt
 * twice, a labeller says which answer is better, and the policy takes a step on these pairs. Unlike
 * pairs collected once, they stay the policy's own while it changes.
 *
 * @param loss of the pairs
 * @param labeller compares the answers; pairs that it finds equal are not learned
 * @param sampler of the answers, at temperature 1, at which the loss scores them
 */
public record OnlinePreferenceOptimization(
    PreferenceLoss loss, Labeller labeller, Sampler sampler, OnlinePreferenceConfig config) {
  public OnlinePreferenceOptimization {
    if (sampler.sampling().temperature() != 1) {
      throw new IllegalArgumentException(
          "a preference loss scores answers at temperature 1, so they must be sampled at 1, got "
              + sampler.sampling().temperature());
    }
  }

  /**
   * Trains a policy.
   *
   * @param policy is changed
   * @param reference of the loss
   * @param prompts to draw from
   * @param stage under which the journal has the figures of each iteration
   */
  public void train(
      Decoder policy,
      Decoder reference,
      List<String> prompts,
      String stage,
      Journal journal,
      RandomKey key) {
    try (Workspace workspace = new Workspace(sampler.pool());
        Progress progress = new Progress(stage, config.iterations())) {
      Trainer trainer =
          new Trainer(
              policy.parameters(),
              AdamW.Config.TUNING,
              config.schedule(),
              config.maxGradientNorm(),
              workspace);
      PreferenceObjective objective = new PreferenceObjective(policy, loss);
      Decoder held = config.referenceEvery() == 0 ? reference : reference.copy(workspace);
      for (int iteration = 0; iteration < config.iterations(); iteration++) {
        RandomKey own = key.child(iteration);
        Map<String, Double> metrics = new LinkedHashMap<>();
        // 1. two answers to each prompt, and which is better
        List<ReferencedPair> pairs =
            pairs(policy, held, draw(prompts, own.child("prompts")), own, metrics);
        // 2. an update
        if (teach(pairs)) {
          int part = loss instanceof Kto ? pairs.size() : config.microBatchSize();
          metrics.putAll(trainer.step(Order.parts(pairs, part), objective));
          metrics.put("kl", kl(metrics));
        }
        if (config.referenceEvery() > 0 && (iteration + 1) % config.referenceEvery() == 0) {
          Synchronisation.copy(policy, held);
        }
        journal.log(stage, iteration, metrics);
        progress.step(
            pairs.stream()
                .mapToLong(p -> p.pair().chosen().length() + p.pair().rejected().length())
                .sum(),
            "reward",
            metrics.getOrDefault("reward/mean", 0.0));
      }
    }
  }

  /** {@return mean log-ratio to the reference of the answers that are learned, in nats} */
  private static double kl(Map<String, Double> metrics) {
    return (metrics.getOrDefault("rewards/chosen", 0.0)
            + metrics.getOrDefault("rewards/rejected", 0.0))
        / 2;
  }

  /** Whether there is a step to take; KTO's point of reference needs two different prompts. */
  private boolean teach(List<ReferencedPair> pairs) {
    return loss instanceof Kto
        ? pairs.stream().anyMatch(pair -> !pair.mismatched().isEmpty())
        : !pairs.isEmpty();
  }

  private List<String> draw(List<String> prompts, RandomKey key) {
    RandomGenerator random = key.generator();
    List<String> drawn = new ArrayList<>();
    for (int i = 0; i < config.prompts(); i++) {
      drawn.add(prompts.get(random.nextInt(prompts.size())));
    }
    return drawn;
  }

  private List<ReferencedPair> pairs(
      Decoder policy,
      Decoder reference,
      List<String> prompts,
      RandomKey key,
      Map<String, Double> metrics) {
    List<Sample> first = sampler.sample(policy, prompts, key.child("first"));
    List<Sample> second = sampler.sample(policy, prompts, key.child("second"));
    Labeller.Scores scores = labeller.compare(first, second);
    Rows.requireSameLength("first scores", scores.first().length, "pairs", prompts.size());
    Rows.requireSameLength("second scores", scores.second().length, "pairs", prompts.size());
    List<PreferencePair> pairs = new ArrayList<>();
    List<double[]> values = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      double a = scores.first()[i];
      double b = scores.second()[i];
      if (!Double.isFinite(a) || !Double.isFinite(b)) {
        throw new IllegalArgumentException(
            "scores of the answers to '%s' must be finite, got %s and %s"
                .formatted(prompts.get(i), a, b));
      }
      if (a != b) {
        Sample better = a > b ? first.get(i) : second.get(i);
        Sample worse = a > b ? second.get(i) : first.get(i);
        pairs.add(new PreferencePair(better.dialogue(), worse.dialogue()));
        values.add(new double[] {Math.max(a, b), Math.min(a, b)});
      }
    }
    List<Sample> all = new ArrayList<>(first);
    all.addAll(second);
    metrics.putAll(
        SampleFigures.of(
            all,
            DoubleStream.concat(Arrays.stream(scores.first()), Arrays.stream(scores.second()))
                .toArray()));
    metrics.put("pairs/tied", 1 - pairs.size() / (double) prompts.size());
    return ReferencedPair.of(
        pairs,
        values.stream().mapToDouble(pair -> pair[0]).toArray(),
        values.stream().mapToDouble(pair -> pair[1]).toArray(),
        reference,
        sampler.pool(),
        sampler.batchSize());
  }
}
