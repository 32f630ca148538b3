package org.rlhf4j.rlhf.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.train.Journal;

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
}
