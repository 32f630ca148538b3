package org.rlhf4j.rlhf.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.verify.NumericMatch;
import org.rlhf4j.rlhf.verify.Problem;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Tiny;

class WeightedRewardsRecipeTest {
  /** One word, of two languages and two moods, in tags or not; all say the right number. */
  @Test
  void solutionsLeaveToChanceWhatRewardsAreAbout() {
    Problem problem = new Problem("count b in abb", "2");
    RandomGenerator chance = new RandomKey(1).generator();
    Set<String> texts =
        Stream.generate(() -> WeightedRewardsRecipe.solution(problem, 1, chance).completion())
            .limit(200)
            .collect(Collectors.toSet());
    assertEquals(8, texts.size(), texts.toString());
    assertTrue(texts.contains("<think>ναι</think><answer>2</answer>"));
    assertTrue(texts.contains("hm 2"));
    texts.forEach(text -> assertEquals(1, new NumericMatch().score(problem, text), text));
  }

  /** A short run that is asked for form alone learns it; the same start without learns less. */
  @Test
  void aRewardRaisesWhatItIsAbout(@TempDir Path folder) throws Exception {
    Recipe recipe =
        RecipeFile.open("weighted-rewards")
            .recipe(
                true,
                List.of(
                    "sft.steps=120",
                    "mostWords=1",
                    "weights.form=4",
                    "policy.iterations=24",
                    "policy.learningRate=3e-3",
                    "policy.prompts=8"));
    Tiny.on(
        "simd",
        (pool, _) -> {
          Outcome outcome =
              recipe.run(pool, new Journal(folder.resolve("steps.jsonl")), new RandomKey(1));
          double form = outcome.figure("right, form", "in form");
          double start = outcome.figure("start", "in form");
          assertTrue(form > start + 0.2, start + " and then " + form);
          double brief = outcome.figure("right, overlong", "tokens");
          assertTrue(brief < outcome.figure("right, form", "tokens"), brief + " tokens");
        });
  }
}
