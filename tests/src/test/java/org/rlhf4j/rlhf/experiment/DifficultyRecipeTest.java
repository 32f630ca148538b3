package org.rlhf4j.rlhf.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Tiny;

class DifficultyRecipeTest {
  private static final String TRAINING = "problems to learn from";

  @TempDir private Path folder = Path.of("");

  private Outcome run(String... assignments) throws Exception {
    Recipe recipe = RecipeFile.open("difficulty").recipe(true, List.of(assignments));
    Outcome[] outcome = new Outcome[1];
    Tiny.on(
        "simd",
        (pool, _) ->
            outcome[0] =
                recipe.run(pool, new Journal(folder.resolve("steps.jsonl")), new RandomKey(1)));
    return outcome[0];
  }

  /** Between 0 and 100 % lie all problems; two letters are learned before six. */
  @Test
  void easyProblemsAreKeptAndTheRestIsNot() throws Exception {
    Outcome all = run();
    assertEquals(100, all.figure("all problems", TRAINING));
    assertEquals(100, all.figure("0 to 100 % solved", TRAINING));
    Outcome some = run("least=0.1", "sft.steps=150");
    double kept = some.figure("10 to 100 % solved", TRAINING);
    assertTrue(kept > 0 && kept < 100, kept + " problems");
    double without = some.figure("10 to 100 % solved", "groups without contrast");
    assertTrue(without < some.figure("all problems", "groups without contrast"));
    SequencedMap<String, Double> plain = some.figures().get("all problems");
    assertNotEquals(plain, some.figures().get("easy to hard"));
    assertNotEquals(plain, some.figures().get("groups with contrast"));
  }

  @Test
  void aStartThatSolvesNothingIsRefused() {
    Exception refused =
        assertThrows(
            IllegalStateException.class, () -> run("least=0.5", "most=0.5", "sft.steps=1"));
    assertTrue(String.valueOf(refused.getMessage()).contains("imitate for longer"));
  }
}
