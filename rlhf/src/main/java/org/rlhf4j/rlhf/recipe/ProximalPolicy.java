package org.rlhf4j.rlhf.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.kl.KlController;
import org.rlhf4j.rlhf.kl.KlInReward;
import org.rlhf4j.rlhf.online.OnlineConfig;
import org.rlhf4j.rlhf.online.PolicyOptimization;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.WeightedReward;
import org.rlhf4j.rlhf.policy.AdvantageEstimator;
import org.rlhf4j.rlhf.policy.Aggregation;
import org.rlhf4j.rlhf.policy.ClippedSurrogate;
import org.rlhf4j.rlhf.policy.Gae;
import org.rlhf4j.rlhf.policy.ImportanceRatio;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.policy.PolicyLoss;
import org.rlhf4j.rlhf.policy.Whitening;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;

/**
 * Stage 5a: proximal policy optimisation against the learned reward model; the reference is the
 * tuned policy. The gold reward is watched, not used.
 */
final class ProximalPolicy {
  static final String NAME = "ppo";

  private ProximalPolicy() {}

  /** {@return a policy optimised against a learned reward} */
  static Decoder run(Run run, Decoder reference, RewardModel rewardModel) {
    RandomKey key = run.key().child(NAME).child("center");
    RandomGenerator random = key.child("prompts").generator();
    List<String> prompts = prompts(run);
    List<String> drawn = new ArrayList<>();
    for (int i = 0; i < run.config().ppo().rollouts(); i++) {
      drawn.add(prompts.get(random.nextInt(prompts.size())));
    }
    int batchSize = run.config().sampling().batchSize();
    Reward reward =
        Reward.learned(rewardModel, run.pool(), batchSize)
            .standardised(run.sampler().sample(reference, drawn, key));
    return run(run, reference, reward);
  }

  /** {@return a policy optimised against any reward} */
  static Decoder run(Run run, Decoder reference, Reward reward) {
    DemoConfig.Ppo config = run.config().ppo();
    Decoder policy = reference.copy(run.workspace());
    new PolicyOptimization(
            algorithm(config),
            new KlController.Fixed(config.klCoefficient()),
            List.of(
                new WeightedReward("proxy", 1, reward),
                new WeightedReward("finished", config.missingEndPenalty(), Reward.unfinished()),
                new WeightedReward("gold", 0, PreferenceCollection::gold)),
            run.sampler(),
            new OnlineConfig(
                config.iterations(),
                config.rollouts(),
                1,
                config.epochs(),
                config.batchSize(),
                config.batchSize(),
                config.learningRate(),
                1,
                config.valueClipRange(),
                config.valueCoefficient(),
                0))
        .train(policy, reference, prompts(run), NAME, run.journal(), run.key().child(NAME));
    return policy;
  }

  private static PolicyGradient algorithm(DemoConfig.Ppo config) {
    return new PolicyGradient(
        "PPO",
        "1707.06347",
        new AdvantageEstimator.Critic(
            new Gae(config.gamma(), config.lambda()), Whitening.ofAdvantages()),
        new PolicyLoss(
            ImportanceRatio.TOKEN,
            new ClippedSurrogate(config.clipRange()),
            new KlInReward(config.klCoefficient()),
            new Aggregation.TokenMean()));
  }

  private static List<String> prompts(Run run) {
    return run.task().examples().stream().map(Example::prompt).toList();
  }
}
