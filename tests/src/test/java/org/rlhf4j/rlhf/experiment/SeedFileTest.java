package org.rlhf4j.rlhf.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeedFileTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void whatWasWrittenIsReadAndOtherValuesAreRefused() {
    SequencedMap<String, Double> row = new LinkedHashMap<>();
    row.put("b", 0.1);
    row.put("a", Double.NaN);
    row.put("c", Double.NEGATIVE_INFINITY);
    SequencedMap<String, SequencedMap<String, Double>> figures = new LinkedHashMap<>();
    figures.put("z", row);
    figures.put("y", row);
    var finished = new SeedFile.Finished(new Outcome(figures), 1.5);
    Recipe recipe = RecipeFile.open("reversal-grpo").recipe(true, List.of());
    SeedFile file = new SeedFile(folder.resolve("seed.json"));
    file.write(recipe, finished);
    assertTrue(file.exists());
    assertEquals(finished, file.read(recipe));
    assertEquals(List.of("z", "y"), List.copyOf(file.read(recipe).outcome().figures().keySet()));
    Recipe other = RecipeFile.open("reversal-grpo").recipe(true, List.of("sft.steps=7"));
    var refused = assertThrows(IllegalArgumentException.class, () -> file.read(other));
    assertTrue(String.valueOf(refused.getMessage()).contains("other values"));
  }
}
