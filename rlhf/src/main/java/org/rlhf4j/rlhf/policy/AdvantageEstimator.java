package org.rlhf4j.rlhf.policy;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.Variance;

/**
 * How good each sampled token was, compared with what. Plain numbers: nothing is differentiated.
 */
public sealed interface AdvantageEstimator {
  /** {@return advantages, [batch][time]; what they hold where masked does not matter} */
  double[][] advantages(Episodes episodes);

  /** Return-to-go, no baseline: REINFORCE as Williams derived it. */
  record ReturnToGo(double gamma) implements AdvantageEstimator {
    @Override
    public double[][] advantages(Episodes episodes) {
      double[][] returns = new double[episodes.rewards().length][];
      for (int i = 0; i < returns.length; i++) {
        returns[i] = Returns.discounted(episodes.rewards()[i], episodes.mask()[i], gamma);
      }
      return returns;
    }
  }

  /** Return-to-go, whitened over the batch: REINFORCE++ (arXiv 2501.03262). */
  record WhitenedReturn(double gamma, Whitening whitening) implements AdvantageEstimator {
    @Override
    public double[][] advantages(Episodes episodes) {
      return whitening.apply(new ReturnToGo(gamma).advantages(episodes), episodes.mask());
    }
  }

  /** Generalised advantage estimation from a critic, whitened over the batch: PPO. */
  record Critic(Gae gae, Whitening whitening) implements AdvantageEstimator {
    @Override
    public double[][] advantages(Episodes episodes) {
      if (episodes.values().length != episodes.rewards().length) {
        throw new IllegalArgumentException(
            "generalised advantage estimation needs a critic; use withValues");
      }
      AdvantagesAndReturns[] estimates =
          gae.estimate(episodes.rewards(), episodes.values(), episodes.mask());
      double[][] advantages =
          Arrays.stream(estimates).map(AdvantagesAndReturns::advantages).toArray(double[][]::new);
      return whitening.apply(advantages, episodes.mask());
    }
  }

  /** Reward less that of the greedy answer: ReMax (arXiv 2310.10505). */
  record GreedyBaseline() implements AdvantageEstimator {
    @Override
    public double[][] advantages(Episodes episodes) {
      double[] totals = episodes.totals();
      Rows.requireSameLength(
          "greedy baselines (see withBaselines)",
          episodes.baselines().length,
          "rewards",
          totals.length);
      for (int i = 0; i < totals.length; i++) {
        totals[i] -= episodes.baselines()[i];
      }
      return PolicyBatch.perToken(totals, episodes.mask());
    }
  }

  /** Reward less the mean of the other answers': RLOO. */
  record LeaveOneOut() implements AdvantageEstimator {
    @Override
    public double[][] advantages(Episodes episodes) {
      return byGroup(episodes, GroupAdvantage::leaveOneOut);
    }
  }

  /** Reward less the group's mean: Dr. GRPO. */
  record Centred() implements AdvantageEstimator {
    @Override
    public double[][] advantages(Episodes episodes) {
      return byGroup(episodes, GroupAdvantage::centred);
    }
  }

  /** The same over the group's standard deviation: GRPO. */
  record Standardized(Variance variance, double epsilon) implements AdvantageEstimator {
    @Override
    public double[][] advantages(Episodes episodes) {
      return byGroup(episodes, rewards -> GroupAdvantage.standardized(variance, epsilon, rewards));
    }
  }

  /** The same over the group's mean, for rewards of 0 and 1: MaxRL. */
  record PerSuccess() implements AdvantageEstimator {
    @Override
    public double[][] advantages(Episodes episodes) {
      return byGroup(episodes, GroupAdvantage::perSuccess);
    }
  }

  /** The reward itself, for every token of the answer: TOPR with rewards of both signs. */
  record Reward() implements AdvantageEstimator {
    @Override
    public double[][] advantages(Episodes episodes) {
      return PolicyBatch.perToken(episodes.totals(), episodes.mask());
    }
  }

  private static double[][] byGroup(Episodes episodes, UnaryOperator<double[]> ofGroup) {
    double[] totals = episodes.totals();
    int size = episodes.groupSize();
    double[] advantages = new double[totals.length];
    for (int start = 0; start < totals.length; start += size) {
      double[] group = ofGroup.apply(Arrays.copyOfRange(totals, start, start + size));
      System.arraycopy(group, 0, advantages, start, size);
    }
    return PolicyBatch.perToken(advantages, episodes.mask());
  }
}
