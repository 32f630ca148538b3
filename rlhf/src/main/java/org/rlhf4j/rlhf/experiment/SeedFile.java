package org.rlhf4j.rlhf.experiment;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.rlhf4j.nn.WholeFile;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What one seed of a recipe showed, as a file that appears whole when the seed is done: a run that
 * was interrupted reads it instead of working again.
 */
public record SeedFile(Path file) {
  private static final JsonMapper JSON = new JsonMapper();

  /** What a seed showed, and how long it took. */
  public record Finished(Outcome outcome, double seconds) {}

  /** {@return whether the seed is done} */
  public boolean exists() {
    return Files.exists(file);
  }

  /** Writes the file whole. */
  public void write(Recipe recipe, Finished finished) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("recipe", recipe.toString());
    tree.put("seconds", finished.seconds());
    tree.put("figures", finished.outcome().figures());
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(JSON.writeValueAsString(tree));
    WholeFile.write(file, channel -> WholeFile.write(channel, bytes));
  }

  /**
   * {@return what the file says}
   *
   * @throws IllegalArgumentException if it is of a recipe with other values
   */
  public Finished read(Recipe recipe) {
    JsonNode tree = JSON.readTree(new String(WholeFile.read(file), StandardCharsets.UTF_8));
    if (!tree.path("recipe").asString("").equals(recipe.toString())) {
      throw new IllegalArgumentException(
          file + " is of the recipe with other values; resume it with the flags it was begun with");
    }
    SequencedMap<String, SequencedMap<String, Double>> figures = new LinkedHashMap<>();
    tree.path("figures")
        .properties()
        .forEach(variant -> {
          SequencedMap<String, Double> row = new LinkedHashMap<>();
          variant
              .getValue()
              .properties()
              .forEach(figure -> row.put(figure.getKey(), number(figure.getValue())));
          figures.put(variant.getKey(), row);
        });
    return new Finished(new Outcome(figures), tree.path("seconds").doubleValue());
  }

  /** NaN and the infinities are written as texts, which JSON has no numbers for. */
  private static double number(JsonNode value) {
    return value.isString() ? Double.parseDouble(value.asString("")) : value.doubleValue();
  }
}
