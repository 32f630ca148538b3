package org.rlhf4j.rlhf.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Passes;

class PretrainingTest {
  /** A text that repeats three words is certain once the first is known: its loss tends to 0. */
  @Test
  void learnsToPredictTheNextToken() throws Exception {
    TinyRun.with(
        TinyRun.config(),
        TinyRun.colours(2),
        run -> {
          Pretraining.run(run);
          Journal.Entry first = run.journal().entries().getFirst();
          Journal.Entry last = run.journal().entries().getLast();
          double uniform = Math.log(TinyRun.WORDS.vocabularySize());
          assertEquals(uniform + 0.5, first.metrics().get("loss"), 0.3);
          assertEquals(0, last.metrics().get("loss"), 0.1);
        });
  }

  /** 60 steps, of which a twentieth warm up; no two of them read the same windows. */
  @Test
  void everyStepHasItsRateAndItsWindows() throws Exception {
    TinyRun.with(
        TinyRun.config(),
        TinyRun.colours(2),
        run -> {
          Pretraining.run(run);
          Passes.assertCosine(run.journal(), 1e-2, 3);
        });
    DemoConfig tiny = TinyRun.config();
    DemoConfig still =
        new DemoConfig(
            tiny.seed(),
            tiny.data(),
            tiny.model(),
            tiny.sampling(),
            new DemoConfig.Pretraining(100, 10, 8, Passes.NO_RATE),
            tiny.tuning(),
            tiny.preferences(),
            tiny.rewardModel(),
            tiny.ppo(),
            tiny.dpo(),
            tiny.evaluation());
    TinyRun.with(
        "reference",
        still,
        TinyRun.colours(2),
        run -> {
          Pretraining.run(run);
          long losses =
              run.journal().entries().stream().map(e -> e.metrics().get("loss")).distinct().count();
          assertTrue(losses > 3, losses + " different losses of 10 steps");
        });
  }
}
