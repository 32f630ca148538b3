package org.rlhf4j.rlhf.recipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.data.PreferencePair;
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
}
