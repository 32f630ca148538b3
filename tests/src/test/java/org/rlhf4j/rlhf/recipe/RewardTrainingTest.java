package org.rlhf4j.rlhf.recipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;

class RewardTrainingTest {
  /** The planted preference: an answer with red in it is better than one without. */
  private static List<PreferencePair> pairs(Task task, int count) {
    RandomGenerator random = new RandomKey(2).generator();
    List<String> others = List.of("green", "blue");
    List<PreferencePair> pairs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String a = others.get(random.nextInt(2));
      String b = others.get(random.nextInt(2));
      String red = random.nextBoolean() ? "red " + a : a + " red";
      pairs.add(new PreferencePair(TinyRun.answer(task, red), TinyRun.answer(task, a + " " + b)));
    }
    return pairs;
  }

  @Test
  void learnsAPlantedPreferenceInOnePass() throws Exception {
    DemoConfig tiny = TinyRun.config();
    DemoConfig config =
        new DemoConfig(
            tiny.seed(),
            tiny.data(),
            tiny.model(),
            tiny.sampling(),
            tiny.pretraining(),
            tiny.tuning(),
            new DemoConfig.Preferences(640, 0, 60),
            new DemoConfig.Tuning(640, 16, 3e-3),
            tiny.ppo(),
            tiny.dpo(),
            tiny.evaluation());
    TinyRun.with(
        config,
        TinyRun.colours(3),
        run -> {
          List<PreferencePair> pairs = pairs(run.task(), 700);
          Decoder body = TinyRun.decoder(run);
          double[] before = body.parameters().getFirst().value().toDoubles();
          RewardModel model = RewardTraining.run(run, body, pairs);
          assertEquals(1, RewardTraining.heldOutAccuracy(run, model, pairs), 0.02);
          assertEquals(41, run.journal().entries().size()); // one pass of 40 steps, the accuracy
          assertArrayEquals(before, body.parameters().getFirst().value().toDoubles());
        });
  }

  /** With equal answers both rewards are equal: log 2, plus the small pull towards zero. */
  @Test
  void equalAnswersLoseLogTwo() throws Exception {
    TinyRun.with(
        TinyRun.config(),
        TinyRun.colours(3),
        run -> {
          RewardModel model =
              RewardTraining.start(TinyRun.decoder(run), run.workspace(), new RandomKey(3));
          var red = TinyRun.answer(run.task(), "red");
          double reward = model.score(List.of(red), run.pool(), 1)[0];
          assertTrue(Math.abs(reward) > 1e-4);
          try (Tape tape = Tape.noGrad(run.pool())) {
            double loss =
                new RewardTraining.Comparison(model)
                    .loss(tape, List.of(new PreferencePair(red, red)), new Totals(1, 1))
                    .loss()
                    .item();
            assertEquals(Math.log(2) + 0.01 * 4 * reward * reward, loss, 1e-6);
          }
        });
  }
}
