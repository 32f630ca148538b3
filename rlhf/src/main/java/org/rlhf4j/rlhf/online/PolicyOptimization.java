package org.rlhf4j.rlhf.online;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.rlhf.kl.KlController;
import org.rlhf4j.rlhf.policy.AdvantageEstimator;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.policy.ValueLoss;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Metrics;
import org.rlhf4j.rlhf.train.Order;
import org.rlhf4j.rlhf.train.Progress;
import org.rlhf4j.rlhf.train.ScalarHead;
import org.rlhf4j.rlhf.train.Trainer;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;

/**
 * Optimises a policy for rewards by any policy-gradient algorithm. An iteration samples groups of
 * completions, rewards them, estimates advantages, and updates the policy in minibatches.
 *
 * @param algorithm advantages and loss; one with {@code Critic} advantages gets a value head on the
 *     policy's body
 * @param controller of the KL coefficient, in place of the algorithm's own
 * @param rewards of which the weighted sum is optimised
 * @param sampler at the temperature that the loss scores at
 */
public record PolicyOptimization(
    PolicyGradient algorithm,
    KlController controller,
    List<WeightedReward> rewards,
    Sampler sampler,
    OnlineConfig config) {
  public PolicyOptimization {
    rewards = List.copyOf(rewards);
    if (rewards.isEmpty()) {
      throw new IllegalArgumentException("a policy needs a reward to be optimised for");
    }
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
    try (Workspace workspace = new Workspace(sampler.pool());
        Progress progress = new Progress(stage, config.iterations())) {
      List<ScalarHead> critic = critic(policy, workspace, key);
      Trainer trainer = trainer(policy, critic, workspace);
      KlController current = controller;
      for (int iteration = 0; iteration < config.iterations(); iteration++) {
        RandomKey own = key.child(iteration);
        PolicyGradient now = KlCoefficient.with(algorithm, current.coefficient());
        // 1. completions of the policy, and their rewards
        GroupSampling.Outcome sampled =
            new GroupSampling(sampler, rewards, config).sample(policy, prompts, own);
        Map<String, Double> metrics = new LinkedHashMap<>(sampled.metrics());
        metrics.put("kl_coefficient", current.coefficient());
        List<ScoredSample> scored = sampled.groups().stream().flatMap(List::stream).toList();
        if (!scored.isEmpty()) {
          // 2. reference, values, advantages
          List<Rollout> rollouts =
              new Experience(now, sampler, policy, reference, critic)
                  .of(scored, config.groupSize(), baselines(policy, scored, own));
          double kl = Experience.kl(rollouts);
          metrics.put("kl", kl);
          // 3. updates
          metrics.putAll(update(trainer, objective(policy, critic, now), rollouts, own));
          current = current.after(kl, rollouts.size());
        }
        journal.log(stage, iteration, metrics);
        progress.step(
            scored.stream().mapToLong(s -> s.sample().dialogue().length()).sum(),
            "reward",
            metrics.getOrDefault("reward/mean", 0.0));
      }
    }
  }

  private List<ScalarHead> critic(Decoder policy, Workspace workspace, RandomKey key) {
    ParameterScope scope = ParameterScope.root(workspace, key).child("valueHead");
    return algorithm.advantage() instanceof AdvantageEstimator.Critic
        ? List.of(new ScalarHead(scope, policy.config().width()))
        : List.of();
  }

  private Trainer trainer(Decoder policy, List<ScalarHead> critic, Workspace workspace) {
    List<Parameter> parameters = new ArrayList<>(policy.parameters());
    critic.forEach(head -> parameters.addAll(head.parameters()));
    return new Trainer(
        parameters, AdamW.Config.TUNING, config.schedule(), config.maxGradientNorm(), workspace);
  }

  private PolicyObjective objective(Decoder policy, List<ScalarHead> critic, PolicyGradient now) {
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
    for (List<Rollout> minibatch : minibatches) {
      Metrics.add(
          means,
          trainer.step(Order.parts(minibatch, config.microBatchSize()), objective),
          1.0 / minibatches.size());
    }
    return means;
  }
}
