package org.rlhf4j.rlhf.online;

import org.rlhf4j.rlhf.kl.KlController;
import org.rlhf4j.rlhf.kl.KlInLoss;
import org.rlhf4j.rlhf.kl.KlInReward;
import org.rlhf4j.rlhf.kl.KlPenalty;
import org.rlhf4j.rlhf.kl.NoKl;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.policy.PolicyLoss;

/** The weight of an algorithm's KL penalty, wherever it is paid. */
final class KlCoefficient {
  private KlCoefficient() {}

  /** {@return a controller that keeps the algorithm's own coefficient, 0 without a penalty} */
  static KlController.Fixed of(PolicyGradient algorithm) {
    return new KlController.Fixed(
        switch (algorithm.loss().kl()) {
          case NoKl _ -> 0;
          case KlInReward inReward -> inReward.coefficient();
          case KlInLoss inLoss -> inLoss.coefficient();
        });
  }

  /** {@return the algorithm with another coefficient; itself where it has no penalty} */
  static PolicyGradient with(PolicyGradient algorithm, double coefficient) {
    PolicyLoss loss = algorithm.loss();
    KlPenalty kl =
        switch (loss.kl()) {
          case NoKl none -> none;
          case KlInReward _ -> new KlInReward(coefficient);
          case KlInLoss inLoss ->
              new KlInLoss(inLoss.estimator(), coefficient, inLoss.ratioWeighted());
        };
    return new PolicyGradient(
        algorithm.name(),
        algorithm.source(),
        algorithm.advantage(),
        new PolicyLoss(loss.ratio(), loss.surrogate(), kl, loss.aggregation()));
  }
}
