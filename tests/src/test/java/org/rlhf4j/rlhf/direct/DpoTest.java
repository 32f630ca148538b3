package org.rlhf4j.rlhf.direct;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Differentiated;
import org.rlhf4j.rlhf.Differentiated.Input;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;

class DpoTest {
  @Test
  @Proves(
      value = {"dpo_core", "dpo_gradient", "dpo_grad_0", "dpo_grad_2", "dpo_grad_3"},
      by = Proof.CLOSED_FORM)
  void example() {
    Differentiated dpo = Pairs.example().differentiate(new Dpo(0.1));
    assertEquals(0.6209570478, dpo.value(), 5e-11);
    assertEquals(-0.0462570155, dpo.gradients()[0][0], 5e-11);
    assertEquals(0.0462570155, dpo.gradients()[1][0], 5e-11);
  }

  @Property(tries = 100)
  @Proves(
      value = {"dpo_gradient", "dpo_grad_2", "dpo_grad_3"},
      by = Proof.IDENTITY)
  void theGradientIsBetaTimesTheProbabilityOfBeingWrong(
      @ForAll @DoubleRange(min = -50, max = 0) double chosen,
      @ForAll @DoubleRange(min = -50, max = 0) double rejected,
      @ForAll @DoubleRange(min = 0.01, max = 5) double beta) {
    Differentiated dpo = Pairs.of(chosen, rejected, -20, -25).differentiate(new Dpo(beta));
    double rewardChosen = beta * (chosen + 20);
    double rewardRejected = beta * (rejected + 25);
    double wrong = 1 / (1 + Math.exp(rewardChosen - rewardRejected));
    assertEquals(-beta * wrong, dpo.gradients()[0][0], 1e-12);
    assertEquals(beta * wrong, dpo.gradients()[1][0], 1e-12);
  }

  @Test
  void policyEqualToReferenceIsLogTwo() {
    assertEquals(Math.log(2), Pairs.of(-7, -9, -7, -9).differentiate(new Dpo(0.3)).value(), 1e-15);
  }

  @Test
  void trap12BothLogprobsMayFallWhileTheMarginGrows() {
    Pairs before = Pairs.of(-10, -12, -10, -12);
    Pairs after = Pairs.of(-11, -16, -10, -12);
    Dpo dpo = new Dpo(0.1);
    assertTrue(after.differentiate(dpo).value() < before.differentiate(dpo).value());
    Differentiated.of(
        inputs -> {
          LossOutput output = dpo.apply(after.batch(inputs));
          assertEquals(-1, output.metric("rewards/chosen"));
          assertEquals(-4, output.metric("rewards/rejected"));
          assertEquals(3, output.metric("rewards/margins"));
          assertEquals(1, output.metric("rewards/accuracies"));
          assertEquals(output.loss().item(), output.metric("loss"));
          return output.loss();
        },
        Input.of(after.chosen()),
        Input.of(after.rejected()));
  }

  @Test
  void betaMustBePositive() {
    for (double beta : new double[] {0, -1, Double.NaN}) {
      assertThrows(IllegalArgumentException.class, () -> new Dpo(beta));
    }
  }
}
