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

  private static DemoConfig config(DemoConfig.Preferences pairs, DemoConfig.Tuning rewardModel) {
    DemoConfig tiny = TinyRun.config();
    return new DemoConfig(
        tiny.seed(),
        tiny.data(),
        tiny.model(),
        tiny.sampling(),
        tiny.pretraining(),
        tiny.tuning(),
        pairs,
        rewardModel,
        tiny.ppo(),
        tiny.dpo(),
        tiny.evaluation());
  }

  @Test
  void learnsAPlantedPreferenceInOnePass() throws Exception {
    DemoConfig config =
        config(new DemoConfig.Preferences(640, 0, 60), new DemoConfig.Tuning(640, 16, 3e-3));
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

  /** Held-out pairs that say the opposite are not learned from, and all are judged wrong. */
  @Test
  void heldOutPairsAreKeptApart() throws Exception {
    TinyRun.with(
        config(new DemoConfig.Preferences(160, 0, 160), new DemoConfig.Tuning(160, 4, 1e-2)),
        TinyRun.colours(3),
        run -> {
          List<PreferencePair> pairs = pairs(run.task(), 160);
          pairs(run.task(), 160)
              .forEach(pair -> pairs.add(new PreferencePair(pair.rejected(), pair.chosen())));
          RewardModel model = RewardTraining.run(run, TinyRun.decoder(run), pairs);
          assertEquals(0, RewardTraining.heldOutAccuracy(run, model, pairs), 0.05);
        });
  }

  /** Of a batch of one pair the loss is log(1 + e^(rejected - chosen)) + 0.01 (sum of both)^2. */
  @Test
  void rewardsAreHeldAroundZero() throws Exception {
    TinyRun.with(
        "reference",
        config(new DemoConfig.Preferences(6, 0, 1), new DemoConfig.Tuning(6, 1, 1e-2)),
        TinyRun.colours(3),
        run -> {
          RewardTraining.run(run, TinyRun.decoder(run), pairs(run.task(), 7));
          for (var entry : run.journal().entries().subList(0, 6)) {
            double chosen = entry.metrics().get("chosen_reward");
            double rejected = entry.metrics().get("rejected_reward");
            double sum = chosen + rejected;
            assertEquals(
                Math.log1p(Math.exp(rejected - chosen)) + 0.01 * sum * sum,
                entry.metrics().get("loss"),
                1e-12);
          }
        });
  }
}
