package org.rlhf4j.rlhf.policy;

import java.util.List;
import org.rlhf4j.rlhf.Variance;
import org.rlhf4j.rlhf.kl.KlEstimator;
import org.rlhf4j.rlhf.kl.KlInLoss;
import org.rlhf4j.rlhf.kl.KlInReward;
import org.rlhf4j.rlhf.kl.KlPenalty;
import org.rlhf4j.rlhf.kl.NoKl;

/**
 * A policy-gradient algorithm as a point in one space: how advantages are made, what is compared
 * with what, which objective a token has, where the KL is paid, and how tokens are averaged. The
 * presets are the published choices; {@code docs/policy-gradients.md} adds their coefficients.
 *
 * <table>
 * <caption>What each preset chooses</caption>
 * <tr><th>algorithm</th><th>advantage</th><th>ratio</th><th>surrogate</th><th>KL</th><th>aggregation</th></tr>
 * <tr><td>REINFORCE</td><td>ReturnToGo</td><td>NONE</td><td>Plain</td><td>NoKl</td><td>SequenceSum</td></tr>
 * <tr><td>RLOO</td><td>LeaveOneOut</td><td>NONE</td><td>Plain</td><td>KlInReward</td><td>SequenceSum</td></tr>
 * <tr><td>ReMax</td><td>GreedyBaseline</td><td>NONE</td><td>Plain</td><td>KlInReward</td><td>SequenceSum</td></tr>
 * <tr><td>REINFORCE++</td><td>WhitenedReturn</td><td>TOKEN</td><td>Clipped</td><td>KlInReward</td><td>TokenMean</td></tr>
 * <tr><td>PPO</td><td>Critic</td><td>TOKEN</td><td>Clipped</td><td>KlInReward</td><td>TokenMean</td></tr>
 * <tr><td>GRPO</td><td>Standardized</td><td>TOKEN</td><td>Clipped</td><td>KlInLoss K3</td><td>SequenceMean</td></tr>
 * <tr><td>Dr. GRPO</td><td>Centred</td><td>TOKEN</td><td>Clipped</td><td>NoKl</td><td>FixedLength</td></tr>
 * <tr><td>DAPO</td><td>Standardized</td><td>TOKEN</td><td>Clipped</td><td>NoKl</td><td>TokenMean</td></tr>
 * <tr><td>GSPO</td><td>Standardized</td><td>SEQUENCE_MEAN</td><td>Clipped</td><td>NoKl</td><td>SequenceMean</td></tr>
 * <tr><td>CISPO</td><td>Standardized</td><td>TOKEN</td><td>ClippedWeight</td><td>NoKl</td><td>TokenMean</td></tr>
 * <tr><td>SAPO</td><td>Standardized</td><td>TOKEN</td><td>SoftGate</td><td>NoKl</td><td>SequenceMean</td></tr>
 * <tr><td>MaxRL</td><td>PerSuccess</td><td>NONE</td><td>Plain</td><td>NoKl</td><td>SequenceSum</td></tr>
 * <tr><td>TOPR</td><td>Reward</td><td>SEQUENCE</td><td>Tapered</td><td>NoKl</td><td>SequenceSum</td></tr>
 * </table>
 *
 * @param name as published
 * @param source arXiv id or authors
 * @param advantage estimator
 * @param loss the differentiable half
 */
public record PolicyGradient(
    String name, String source, AdvantageEstimator advantage, PolicyLoss loss) {

  private static final Whitening WHITEN = Whitening.ofAdvantages();
  private static final AdvantageEstimator GROUP =
      new AdvantageEstimator.Standardized(Variance.SAMPLE, 1e-4);

  /**
   * Token rewards from what was sampled: the KL penalty where it belongs in the reward, and the
   * score at the last token.
   *
   * @param scores of the answers, [batch]
   * @param logprobs of the sampling policy, [batch][time]
   * @param reference log-probabilities of the reference, [batch][time]; ignored without a penalty
   *     in the reward, but of the same shape
   * @param mask true where a token was sampled, [batch][time]
   */
  public double[][] rewards(
      double[] scores, double[][] logprobs, double[][] reference, boolean[][] mask) {
    KlInReward penalty = loss.kl() instanceof KlInReward inReward ? inReward : new KlInReward(0);
    return penalty.rewards(scores, logprobs, reference, mask);
  }

  /** Williams' REINFORCE on fresh samples. */
  public static PolicyGradient reinforce() {
    return preset(
        "REINFORCE",
        "Williams 1992",
        new AdvantageEstimator.ReturnToGo(1),
        ImportanceRatio.NONE,
        new PlainSurrogate(),
        new NoKl(),
        new Aggregation.SequenceSum());
  }

  /** REINFORCE with leave-one-out baseline; TRL adds a sequence ratio and a clip. */
  public static PolicyGradient rloo(double klCoefficient) {
    return preset(
        "RLOO",
        "2402.14740",
        new AdvantageEstimator.LeaveOneOut(),
        ImportanceRatio.NONE,
        new PlainSurrogate(),
        new KlInReward(klCoefficient),
        new Aggregation.SequenceSum());
  }

  /** REINFORCE with the reward of the greedy answer as baseline. */
  public static PolicyGradient remax(double klCoefficient) {
    return preset(
        "ReMax",
        "2310.10505",
        new AdvantageEstimator.GreedyBaseline(),
        ImportanceRatio.NONE,
        new PlainSurrogate(),
        new KlInReward(klCoefficient),
        new Aggregation.SequenceSum());
  }

  /** REINFORCE with PPO's clip and advantages whitened over the batch. */
  public static PolicyGradient reinforcePlusPlus(double klCoefficient) {
    return preset(
        "REINFORCE++",
        "2501.03262",
        new AdvantageEstimator.WhitenedReturn(1, WHITEN),
        ImportanceRatio.TOKEN,
        new ClippedSurrogate(0.2),
        new KlInReward(klCoefficient),
        new Aggregation.TokenMean());
  }

  /** Proximal policy optimisation with a critic, as InstructGPT used it. */
  public static PolicyGradient ppo(double klCoefficient) {
    return preset(
        "PPO",
        "1707.06347",
        new AdvantageEstimator.Critic(new Gae(1, 0.95), WHITEN),
        ImportanceRatio.TOKEN,
        new ClippedSurrogate(0.2),
        new KlInReward(klCoefficient),
        new Aggregation.TokenMean());
  }

  /** Group-relative policy optimisation: PPO's clip, a group instead of the critic. */
  public static PolicyGradient grpo(double klCoefficient) {
    return preset(
        "GRPO",
        "2402.03300",
        GROUP,
        ImportanceRatio.TOKEN,
        new ClippedSurrogate(0.2),
        new KlInLoss(KlEstimator.K3, klCoefficient),
        new Aggregation.SequenceMean());
  }

  /** GRPO without the two divisions that bias it: by the deviation and by the length. */
  public static PolicyGradient drGrpo(int maxLength) {
    return preset(
        "Dr. GRPO",
        "2503.20783",
        new AdvantageEstimator.Centred(),
        ImportanceRatio.TOKEN,
        new ClippedSurrogate(0.2),
        new NoKl(),
        new Aggregation.FixedLength(maxLength));
  }

  /**
   * GRPO with clip-higher and token mean; its dynamic sampling is {@code OnlineConfig.resamplings}.
   */
  public static PolicyGradient dapo() {
    return preset(
        "DAPO",
        "2503.14476",
        GROUP,
        ImportanceRatio.TOKEN,
        new ClippedSurrogate(0.2, 0.28),
        new NoKl(),
        new Aggregation.TokenMean());
  }

  /** GRPO with one length-normalised ratio an answer. */
  public static PolicyGradient gspo() {
    return preset(
        "GSPO",
        "2507.18071",
        GROUP,
        ImportanceRatio.SEQUENCE_MEAN,
        new ClippedSurrogate(3e-4, 4e-4),
        new NoKl(),
        new Aggregation.SequenceMean());
  }

  /** Clips the weight instead of the objective, so that no token loses its gradient. */
  public static PolicyGradient cispo() {
    return preset(
        "CISPO",
        "2506.13585",
        GROUP,
        ImportanceRatio.TOKEN,
        ClippedWeightSurrogate.below(5),
        new NoKl(),
        new Aggregation.TokenMean());
  }

  /** A sigmoid gate in place of the clip. */
  public static PolicyGradient sapo() {
    return preset(
        "SAPO",
        "2511.20347",
        GROUP,
        ImportanceRatio.TOKEN,
        new SoftGateSurrogate(1, 1.05),
        new NoKl(),
        new Aggregation.SequenceMean());
  }

  /** Maximum likelihood of success instead of its expectation. */
  public static PolicyGradient maxRl() {
    return preset(
        "MaxRL",
        "2602.02710",
        new AdvantageEstimator.PerSuccess(),
        ImportanceRatio.NONE,
        new PlainSurrogate(),
        new NoKl(),
        new Aggregation.SequenceSum());
  }

  /** Tapered weights for old samples. */
  public static PolicyGradient topr() {
    return preset(
        "TOPR",
        "2503.14286",
        new AdvantageEstimator.Reward(),
        ImportanceRatio.SEQUENCE,
        new TaperedSurrogate(),
        new NoKl(),
        new Aggregation.SequenceSum());
  }

  /** {@return every preset with usual coefficients, in order of age and kinship} */
  public static List<PolicyGradient> presets() {
    return List.of(
        reinforce(),
        rloo(0.05),
        remax(0.05),
        reinforcePlusPlus(0.01),
        ppo(0.05),
        grpo(0.04),
        drGrpo(512),
        dapo(),
        gspo(),
        cispo(),
        sapo(),
        maxRl(),
        topr());
  }

  private static PolicyGradient preset(
      String name,
      String source,
      AdvantageEstimator advantage,
      ImportanceRatio ratio,
      Surrogate surrogate,
      KlPenalty kl,
      Aggregation aggregation) {
    return new PolicyGradient(
        name, source, advantage, new PolicyLoss(ratio, surrogate, kl, aggregation));
  }
}
