package org.rlhf4j.rlhf.online;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.rlhf.kl.KlController;
import org.rlhf4j.rlhf.policy.AdvantageEstimator;
import org.rlhf4j.rlhf.policy.OffPolicyCorrection;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.policy.ValueLoss;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Metrics;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.rlhf.train.Progress;
import org.rlhf4j.rlhf.train.Trainer;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * Optimises a policy for rewards by any policy-gradient algorithm. An iteration samples groups of
 * completions, rewards them, estimates advantages, and updates the policy in minibatches.
 *
 * @param algorithm advantages and loss; one with {@code Critic} advantages gets a value head
 * @param controller of the KL coefficient, in place of the algorithm's own
 * @param rewards of which the weighted sum is optimised
 * @param sampler at the temperature that the loss scores at
 */
public record PolicyOptimization(
    PolicyGradient algorithm,
    KlController controller,
    List<WeightedReward> rewards,
    Sampler sampler,
    OnlineConfig config,
    OnlineOptions options) {
  public PolicyOptimization {
    rewards = List.copyOf(rewards);
    if (rewards.isEmpty()) {
      throw new IllegalArgumentException("a policy needs a reward to be optimised for");
    }
    if (!options.milestones().saves().isEmpty() && !(controller instanceof KlController.Fixed)) {
      throw new IllegalArgumentException(
          "a run whose KL coefficient adapts cannot save itself, got " + controller);
    }
  }

  /** With the usual options. */
  public PolicyOptimization(
      PolicyGradient algorithm,
      KlController controller,
      List<WeightedReward> rewards,
      Sampler sampler,
      OnlineConfig config) {
    this(algorithm, controller, rewards, sampler, config, OnlineOptions.USUAL);
  }

  /** With the algorithm's own KL coefficient, and one reward. */
  public PolicyOptimization(
      PolicyGradient algorithm, Reward reward, Sampler sampler, OnlineConfig config) {
    this(
        algorithm,
        KlCoefficient.of(algorithm),
        List.of(new WeightedReward("reward", 1, reward)),
        sampler,
        config);
  }

  /**
   * Trains a policy.
   *
   * @param policy is changed
   * @param reference what the policy is held to and compared with
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
    PromptSampling source = new PromptSampling(prompts, options.order(), config, key);
    try (Workspace workspace = new Workspace(sampler.pool());
        Completions completions = completions(source, policy);
        Progress progress = new Progress(stage, config.iterations())) {
      List<Critic> critic = critic(policy, workspace, key);
      Trainer trainer = trainer(policy, critic, workspace);
      Decoder held = options.referenceEvery() == 0 ? reference : reference.copy(workspace);
      KlController current = controller;
      for (int iteration = trainer.resume(options.milestones());
          iteration < config.iterations();
          iteration++) {
        RandomKey own = key.child(iteration);
        PolicyGradient now = KlCoefficient.with(algorithm, current.coefficient());
        // 1. completions of the policy, and their rewards
        GroupSampling.Outcome sampled =
            new GroupSampling(completions, rewards, config).sample(iteration);
        Map<String, Double> metrics = new LinkedHashMap<>(sampled.metrics());
        metrics.put("kl_coefficient", current.coefficient());
        List<ScoredSample> scored = sampled.groups().stream().flatMap(List::stream).toList();
        if (!scored.isEmpty()) {
          // 2. reference, values, advantages
          List<Rollout> rollouts =
              new Experience(now, sampler, policy, held, critic, correction())
                  .of(scored, config.groupSize(), baselines(policy, scored, own));
          double kl = Experience.kl(rollouts);
          metrics.put("kl", kl);
          metrics.put("staleness/kl", Experience.staleness(scored, rollouts));
          // 3. updates
          metrics.putAll(update(trainer, objective(policy, critic, now), rollouts, own));
          current = current.after(kl, rollouts.size());
        }
        completions.learned(iteration, policy);
        if (options.referenceEvery() > 0 && (iteration + 1) % options.referenceEvery() == 0) {
          Synchronisation.copy(policy, held);
        }
        options.milestones().evaluate(iteration + 1, metrics);
        journal.log(stage, iteration, metrics);
        trainer.save(iteration + 1, options.milestones());
        progress.step(
            scored.stream().mapToLong(s -> s.sample().dialogue().length()).sum(),
            "reward",
            metrics.getOrDefault("reward/mean", 0.0));
      }
    }
  }

  private Completions completions(PromptSampling source, Decoder policy) {
    return options.asynchrony().isEmpty()
        ? Completions.inTurns(source, sampler, policy)
        : new StaleCompletions(source, sampler, options.asynchrony().getFirst(), policy);
  }

  /** {@return what weights old samples; new ones need none} */
  private List<OffPolicyCorrection> correction() {
    return options.asynchrony().stream()
        .filter(asynchrony -> asynchrony.staleness() > 0)
        .flatMap(asynchrony -> asynchrony.correction().stream())
        .toList();
  }

  private List<Critic> critic(Decoder policy, Workspace workspace, RandomKey key) {
    return algorithm.advantage() instanceof AdvantageEstimator.Critic
        ? List.of(Critic.of(options.trunk(), policy, workspace, key))
        : List.of();
  }

  private Trainer trainer(Decoder policy, List<Critic> critic, Workspace workspace) {
    List<Parameter> parameters = new ArrayList<>(policy.parameters());
    critic.forEach(head -> parameters.addAll(head.parameters()));
    return new Trainer(
        parameters, AdamW.Config.TUNING, config.schedule(), config.maxGradientNorm(), workspace);
  }

  private PolicyObjective objective(Decoder policy, List<Critic> critic, PolicyGradient now) {
    return new PolicyObjective(
        policy,
        critic,
        now.loss(),
        sampler.sampling().temperature(),
        new ValueLoss(config.valueClipRange()),
        config.valueCoefficient());
  }

  /** {@return rewards of greedy completions for each sample's prompt; none unless ReMax asks} */
  private double[] baselines(Decoder policy, List<ScoredSample> scored, RandomKey key) {
    if (!(algorithm.advantage() instanceof AdvantageEstimator.GreedyBaseline)) {
      return new double[0];
    }
    List<String> prompts = scored.stream().map(s -> s.sample().prompt()).toList();
    return ScoredSample.rewards(
        WeightedReward.score(rewards, sampler.greedy().sample(policy, prompts, key)));
  }

  /** {@return the mean figures of all updates of an iteration} */
  private Map<String, Double> update(
      Trainer trainer, PolicyObjective objective, List<Rollout> rollouts, RandomKey key) {
    List<List<Rollout>> minibatches = new ArrayList<>();
    for (int epoch = 0; epoch < config.epochs(); epoch++) {
      minibatches.addAll(
          Order.batches(rollouts, config.batchSize(), key.child("epoch").child(epoch)));
    }
    Map<String, Double> means = new LinkedHashMap<>();
    for (int i = 0; i < minibatches.size(); i++) {
      List<List<Rollout>> parts = Order.parts(minibatches.get(i), config.microBatchSize());
      Metrics.add(
          means,
          step(trainer, objective, parts, key.child("pretraining").child(i)),
          1.0 / minibatches.size());
    }
    return means;
  }

  private Map<String, Double> step(
      Trainer trainer, PolicyObjective objective, List<List<Rollout>> parts, RandomKey key) {
    if (options.pretraining().isEmpty()) {
      return trainer.step(parts, objective);
    }
    PretrainingMix mix = options.pretraining().getFirst();
    return trainer.step(mix.parts(parts, key), mix.with(objective));
  }
}
