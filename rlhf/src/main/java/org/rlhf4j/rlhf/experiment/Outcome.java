package org.rlhf4j.rlhf.experiment;

import java.util.SequencedMap;

/**
 * What one run of a recipe showed.
 *
 * @param figures by variant and name, in order; every variant has the same names
 */
public record Outcome(SequencedMap<String, SequencedMap<String, Double>> figures) {
  public Outcome {
    if (figures.isEmpty()
        || figures.values().stream()
            .anyMatch(row -> !row.keySet().equals(figures.firstEntry().getValue().keySet()))) {
      throw new IllegalArgumentException("variants must have the same figures, got " + figures);
    }
  }

  /** {@return one figure} */
  public double figure(String variant, String name) {
    Double value = figures.getOrDefault(variant, figures.firstEntry().getValue()).get(name);
    if (value == null || !figures.containsKey(variant)) {
      throw new IllegalArgumentException(
          "there is no figure '%s' of '%s' in %s".formatted(name, variant, figures));
    }
    return value;
  }
}
