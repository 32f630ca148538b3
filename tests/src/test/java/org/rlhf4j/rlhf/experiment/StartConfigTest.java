package org.rlhf4j.rlhf.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.verify.Letters;
import org.rlhf4j.rlhf.verify.Reversal;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Tiny;

/** Strings of one letter: a policy soon says them back. */
class StartConfigTest {
  private static final ProblemsConfig PROBLEMS =
      new ProblemsConfig(new Reversal(new Letters("abcdefgh", 1, 1)), 4, 1, 0.3);

  @TempDir Path folder;

  @Test
  void imitationStopsOnceAsMuchIsSolved() throws Exception {
    assertEquals(0, steps(0));
    int half = steps(0.5);
    assertTrue(0 < half && half < 200 && half % 10 == 0, half + " steps");
    assertTrue(steps(0.9) > half);
  }

  private int steps(double solved) throws Exception {
    int[] steps = new int[1];
    Tiny.on(
        "simd",
        (pool, workspace) -> {
          RandomKey key = new RandomKey(1);
          Exercise exercise = Exercise.of(PROBLEMS, 1, pool, key);
          Decoder policy =
              new ModelConfig(16, 8, 1, 1, 16)
                  .decoder(exercise.vocabularySize(), workspace, key.child("model"));
          Journal journal = new Journal(folder.resolve(solved + ".jsonl"));
          new StartConfig(200, 4, 1e-2, solved).tune(policy, exercise, "sft", journal, key);
          steps[0] = journal.entries().size();
        });
    return steps[0];
  }
}
