package org.rlhf4j.rlhf.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Differentiated;
import org.rlhf4j.rlhf.Differentiated.Input;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;

class SurrogateTest {
  /** Objective and its slope by log pi for one token with the given ratio and advantage. */
  private static double[] objective(Surrogate surrogate, double ratio, double advantage) {
    Differentiated result =
        Differentiated.of(
            in ->
                surrogate.objective(
                    in.get(0), in.get(0), in.get(0).tape().constant(in.get(0).shape(), advantage)),
            Input.of(new double[][] {{Math.log(ratio)}}));
    return new double[] {result.value(), result.gradients()[0][0]};
  }

  @Test
  @Proves(
      value = {
        "PPO_EQN",
        "PPO_CASE1",
        "PPO_CASE2",
        "PPO_CASE3",
        "PPO_CASE4",
        "PPO_CASE5",
        "PPO_CASE6"
      },
      by = Proof.CLOSED_FORM)
  void theSixCasesOfTheClip() {
    ClippedSurrogate clip = new ClippedSurrogate(0.2);
    // good answer: beyond 1.2 the objective is (1 + eps) A and its gradient is zero
    assertArrayEquals(new double[] {1.2 * 3, 0}, objective(clip, 1.5, 3), 1e-14);
    assertArrayEquals(new double[] {1.1 * 3, 1.1 * 3}, objective(clip, 1.1, 3), 1e-14);
    assertArrayEquals(new double[] {0.5 * 3, 0.5 * 3}, objective(clip, 0.5, 3), 1e-14);
    // bad answer: below 0.8 it is (1 - eps) A and flat; above 1.2 it keeps pushing down
    assertArrayEquals(new double[] {-0.8 * 3, 0}, objective(clip, 0.5, -3), 1e-14);
    assertArrayEquals(new double[] {-0.9 * 3, -0.9 * 3}, objective(clip, 0.9, -3), 1e-14);
    assertArrayEquals(new double[] {-1.5 * 3, -1.5 * 3}, objective(clip, 1.5, -3), 1e-14);
    assertArrayEquals(new double[] {0, 0}, objective(clip, 1.1, 0), 0);
  }

  @Test
  void clipHigher() {
    ClippedSurrogate clip = new ClippedSurrogate(0.2, 0.28);
    assertArrayEquals(new double[] {1.25, 1.25}, objective(clip, 1.25, 1), 1e-14);
    assertArrayEquals(new double[] {1.28, 0}, objective(clip, 1.3, 1), 1e-14);
    assertArrayEquals(new double[] {-0.8, 0}, objective(clip, 0.75, -1), 1e-14);
  }

  @Test
  void ratioOneGivesThePolicyGradientFromEverySurrogate() {
    Surrogate[] surrogates = {
      new PlainSurrogate(),
      new ClippedSurrogate(0.2),
      new DualClippedSurrogate(0.2, 0.2, 3),
      ClippedWeightSurrogate.below(5),
      ClippedWeightSurrogate.around(0.2, 0.2),
      new SoftGateSurrogate(1, 1.05),
      new TaperedSurrogate()
    };
    assertEquals(
        Surrogate.class.getPermittedSubclasses().length - 1,
        java.util.Arrays.stream(surrogates).map(Object::getClass).distinct().count());
    for (Surrogate surrogate : surrogates) {
      for (double advantage : new double[] {2, -2}) {
        assertEquals(advantage, objective(surrogate, 1, advantage)[1], 1e-14);
      }
    }
  }

  @Test
  void dualClipBoundsTheBadAnswer() {
    DualClippedSurrogate dual = new DualClippedSurrogate(0.2, 0.2, 3);
    assertArrayEquals(new double[] {-2 * 2, -2 * 2}, objective(dual, 2, -2), 1e-14);
    assertArrayEquals(new double[] {-3 * 2, 0}, objective(dual, 100, -2), 1e-14);
    assertArrayEquals(new double[] {1.2 * 2, 0}, objective(dual, 100, 2), 1e-14);
    assertArrayEquals(new double[] {0, 0}, objective(dual, 100, 0), 0);
  }

  @Test
  void clippedWeightsKeepEveryGradient() {
    ClippedWeightSurrogate cispo = ClippedWeightSurrogate.below(5);
    assertArrayEquals(new double[] {5 * 2 * Math.log(7), 5 * 2}, objective(cispo, 7, 2), 1e-13);
    assertArrayEquals(
        new double[] {0.1 * 2 * Math.log(0.1), 0.1 * 2}, objective(cispo, 0.1, 2), 1e-14);
    assertEquals(0.8 * 2, objective(ClippedWeightSurrogate.around(0.2, 0.3), 0.1, 2)[1], 1e-14);
    assertEquals(1.3 * 2, objective(ClippedWeightSurrogate.around(0.2, 0.3), 9, 2)[1], 1e-14);
  }

  @Test
  void softGate() {
    SoftGateSurrogate sapo = new SoftGateSurrogate(1, 1.05);
    assertEquals(2 * 3, objective(sapo, 1, 3)[0], 1e-14);
    assertEquals(2 / 1.05 * -3, objective(sapo, 1, -3)[0], 1e-14);
    // slope by log ratio: 4 s(x) s(-x) ratio A with x = tau (ratio - 1)
    double s = 1 / (1 + Math.exp(-0.5));
    assertEquals(4 * s * (1 - s) * 1.5 * 3, objective(sapo, 1.5, 3)[1], 1e-14);
    double t = 1 / (1 + Math.exp(1.05 * 0.5));
    assertEquals(4 * t * (1 - t) * 0.5 * -3, objective(sapo, 0.5, -3)[1], 1e-14);
    assertEquals(0, objective(sapo, 1e4, 3)[1]);
  }

  @Test
  void taperedWeights() {
    TaperedSurrogate topr = new TaperedSurrogate();
    assertEquals(2, objective(topr, 0.1, 2)[1]);
    assertEquals(2, objective(topr, 9, 2)[1]);
    assertEquals(-2 * 0.1, objective(topr, 0.1, -2)[1], 1e-15);
    assertEquals(-2, objective(topr, 9, -2)[1]);
  }
}
