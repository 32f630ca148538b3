package org.rlhf4j.rlhf.online;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.kl.KlEstimator;
import org.rlhf4j.rlhf.kl.KlInLoss;
import org.rlhf4j.rlhf.kl.KlInReward;
import org.rlhf4j.rlhf.kl.KlPenalty;
import org.rlhf4j.rlhf.kl.NoKl;
import org.rlhf4j.rlhf.policy.PolicyGradient;
import org.rlhf4j.rlhf.policy.PolicyLoss;

class KlCoefficientTest {
  private static PolicyGradient with(KlPenalty kl) {
    PolicyGradient grpo = PolicyGradient.grpo(0);
    PolicyLoss loss = grpo.loss();
    return new PolicyGradient(
        grpo.name(),
        grpo.source(),
        grpo.advantage(),
        new PolicyLoss(loss.ratio(), loss.surrogate(), kl, loss.aggregation()));
  }

  @Test
  void anAlgorithmsOwnIsKept() {
    assertEquals(0, KlCoefficient.of(with(new NoKl())).coefficient());
    assertEquals(0.3, KlCoefficient.of(with(new KlInReward(0.3))).coefficient());
    assertEquals(
        0.2, KlCoefficient.of(with(new KlInLoss(KlEstimator.K3, 0.2, true))).coefficient());
  }

  /** Another coefficient changes nothing else. */
  @Test
  void anotherTakesItsPlace() {
    assertEquals(with(new NoKl()), KlCoefficient.with(with(new NoKl()), 0.5));
    assertEquals(with(new KlInReward(0.5)), KlCoefficient.with(with(new KlInReward(0.3)), 0.5));
    for (boolean weighted : new boolean[] {false, true}) {
      assertEquals(
          with(new KlInLoss(KlEstimator.K2, 0.5, weighted)),
          KlCoefficient.with(with(new KlInLoss(KlEstimator.K2, 0.3, weighted)), 0.5));
    }
  }
}
