package org.rlhf4j.rlhf.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.SharedData;
import org.rlhf4j.transformer.Tiny;

/** The recipe on the real pretrained model, and without it. */
class PretrainedRecipeTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void everyAlgorithmIsMeasuredAgainstTheUntouchedModel() throws Exception {
    Path model = SharedData.file("models/stories260K/stories260K.bin");
    Recipe recipe =
        RecipeFile.open("stories260k")
            .recipe(
                true,
                List.of(
                    "base.model=" + model, "ppo.learningRate=1e-9", "openings=16", "heldOut=8"));
    assertEquals(List.of(), recipe.missing());
    Tiny.on(
        "simd",
        (pool, _) -> {
          Outcome outcome =
              recipe.run(pool, new Journal(folder.resolve("journal.jsonl")), new RandomKey(1));
          assertEquals(
              List.of("PPO", "GRPO", "Dpo[beta=0.1]"), List.copyOf(outcome.figures().keySet()));
          // a policy that hardly moved is the untouched model
          assertEquals(0, outcome.figure("PPO", "KL, nats"), 1e-3);
          assertTrue(outcome.figure("GRPO", "KL, nats") > 1e-2, outcome.toString());
          double ratio = outcome.figure("PPO", "perplexity ratio");
          assertTrue(ratio > 0.5 && ratio < 2, outcome.toString());
        });
  }

  @Test
  void aModelThatIsNotThereIsMissing() {
    Recipe recipe =
        RecipeFile.open("stories260k")
            .recipe(true, List.of("base.model=nosuch.bin", "base.tokenizer=none.bin"));
    assertEquals(List.of(Path.of("nosuch.bin"), Path.of("none.bin")), recipe.missing());
    assertEquals(List.of(), RecipeFile.open("reversal-grpo").recipe(true, List.of()).missing());
  }
}
