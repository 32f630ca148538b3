package org.rlhf4j.rlhf.reward;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Differentiated;
import org.rlhf4j.rlhf.Differentiated.Input;
import org.rlhf4j.rlhf.LogSpace;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.Proof;
import org.rlhf4j.rlhf.Proves;
import org.rlhf4j.rlhf.preference.BradleyTerry;

class RewardModelLossTest {
  private static Differentiated differentiate(
      RewardModelLoss loss, double chosen, double rejected, double margin) {
    return Differentiated.of(
        in -> loss.losses(in.get(0), in.get(1), margin), Input.of(chosen), Input.of(rejected));
  }

  @Test
  @Proves(
      value = {"rewardmodeling1", "rewardmodelingmargin", "margin_loss"},
      by = Proof.CLOSED_FORM)
  void example() {
    RewardModelLoss plain = new RewardModelLoss();
    assertEquals(0.2014132780, differentiate(plain, 2, 0.5, 0).value(), 5e-11);
    assertEquals(0.4740769842, differentiate(plain, 2, 0.5, 1).value(), 5e-11);
    assertEquals(0.2639132780, differentiate(new RewardModelLoss(0.01), 2, 0.5, 0).value(), 5e-11);
  }

  @Property(tries = 200)
  @Proves(
      value = {
        "rewardmodeling1",
        "rewardmodeling2",
        "rewardmodelingmargin",
        "margin_loss",
        "bradterryrm_deriv"
      },
      by = Proof.IDENTITY)
  void bothFormsAreMinusTheLogOfThePreference(
      @ForAll @DoubleRange(min = -500, max = 500) double chosen,
      @ForAll @DoubleRange(min = -500, max = 500) double rejected,
      @ForAll @DoubleRange(min = 0, max = 3) double margin) {
    RewardModelLoss loss = new RewardModelLoss();
    Differentiated first = differentiate(loss, chosen, rejected, 0);
    Differentiated second =
        Differentiated.of(
            in -> RewardModelLoss.softplusForm(in.get(0), in.get(1)),
            Input.of(chosen),
            Input.of(rejected));
    double scale = Math.max(1, Math.abs(chosen - rejected));
    assertEquals(-BradleyTerry.logProbability(chosen, rejected), first.value(), 1e-14 * scale);
    assertEquals(first.value(), second.value(), 1e-14 * scale);
    double wrong = BradleyTerry.fromRewards(rejected, chosen);
    assertEquals(-wrong, first.gradients()[0][0], 1e-14);
    assertEquals(wrong, first.gradients()[1][0], 1e-14);
    assertArrayEquals(first.gradients()[0], second.gradients()[0], 1e-14);
    assertArrayEquals(first.gradients()[1], second.gradients()[1], 1e-14);
    assertEquals(
        first.value(),
        differentiate(loss, chosen + margin, rejected, margin).value(),
        1e-13 * scale);
  }

  @Property(tries = 100)
  void onlyCentringSeesAShiftOfAllRewards(
      @ForAll @DoubleRange(min = -5, max = 5) double chosen,
      @ForAll @DoubleRange(min = -5, max = 5) double rejected,
      @ForAll @DoubleRange(min = -5, max = 5) double shift) {
    RewardModelLoss plain = new RewardModelLoss();
    assertEquals(
        differentiate(plain, chosen, rejected, 0).value(),
        differentiate(plain, chosen + shift, rejected + shift, 0).value(),
        1e-13);
    Differentiated centred = differentiate(new RewardModelLoss(0.1), chosen, rejected, 0);
    double sum = chosen + rejected;
    double wrong = LogSpace.sigmoid(rejected - chosen);
    assertEquals(-wrong + 0.2 * sum, centred.gradients()[0][0], 1e-13);
    assertEquals(wrong + 0.2 * sum, centred.gradients()[1][0], 1e-13);
  }

  @Test
  void extremesStayFinite() {
    Differentiated wrong = differentiate(new RewardModelLoss(), -1e4, 1e4, 0);
    assertEquals(2e4, wrong.value());
    assertEquals(-1, wrong.gradients()[0][0]);
    Differentiated right = differentiate(new RewardModelLoss(), 1e4, -1e4, 0);
    assertEquals(0, right.value());
    assertEquals(0, right.gradients()[0][0]);
    // log(1 + e^x) written out overflows here
    assertEquals(
        2e4,
        Differentiated.of(
                in -> RewardModelLoss.softplusForm(in.get(0), in.get(1)),
                Input.of(-1e4),
                Input.of(1e4))
            .value());
  }

  @Test
  void metrics() {
    Differentiated.of(
        in -> {
          LossOutput output = new RewardModelLoss().apply(in.get(0), in.get(1));
          assertEquals(0.5, output.metric("accuracy"));
          assertEquals(1.5, output.metric("chosen_reward"));
          assertEquals(1, output.metric("rejected_reward"));
          assertEquals(0.5, output.metric("margin"));
          double expected = -(LogSpace.logSigmoid(2) + LogSpace.logSigmoid(-1)) / 2;
          assertEquals(expected, output.loss().item(), 1e-15);
          assertEquals(expected, output.metric("loss"), 1e-15);
          return output.loss();
        },
        Input.of(2, 1),
        Input.of(0, 2));
  }

  @Test
  void nonsenseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new RewardModelLoss(-1));
    RewardModelLoss loss = new RewardModelLoss();
    for (Input[] inputs :
        new Input[][] {
          {Input.of(1, 2), Input.of(1)},
          {Input.of(new double[][] {{1}}), Input.of(new double[][] {{1}})},
          {Input.of(), Input.of()}
        }) {
      assertThrows(
          IllegalArgumentException.class,
          () -> Differentiated.of(in -> loss.apply(in.get(0), in.get(1)).loss(), inputs));
    }
    assertThrows(
        IllegalArgumentException.class,
        () ->
            Differentiated.of(
                in -> loss.losses(in.get(0), in.get(1), 1, 2), Input.of(1), Input.of(1)));
  }
}
