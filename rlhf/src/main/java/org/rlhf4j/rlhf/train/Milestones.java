package org.rlhf4j.rlhf.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.TrainingState;
import org.rlhf4j.tensor.Check;

/**
 * What a stage does every so many steps beside learning: it measures what it does not learn from,
 * and saves itself. A stage that was interrupted goes on at its last save and ends with the bits of
 * one that was not, since all randomness of a step follows from its number.
 *
 * @param evaluations written down as {@code eval/NAME} beside the figures of the step
 * @param saves of parameters and optimizer; at most one
 */
public record Milestones(List<Evaluation> evaluations, List<Save> saves) {
  /** Learns to the end without a pause. */
  public static final Milestones NONE = new Milestones(List.of(), List.of());

  /**
   * Measures.
   *
   * @param every so many steps
   * @param figures by name; what they are measured on is theirs
   */
  public record Evaluation(int every, Supplier<Map<String, Double>> figures) {
    public Evaluation {
      Check.positive("every", every);
    }
  }

  /**
   * Saves.
   *
   * @param every so many steps
   * @param file that is written whole each time, and read at the start if it is there
   */
  public record Save(int every, Path file) {
    public Save {
      Check.positive("every", every);
    }
  }

  public Milestones {
    evaluations = List.copyOf(evaluations);
    saves = List.copyOf(saves);
    if (saves.size() > 1) {
      throw new IllegalArgumentException("a stage saves itself in one file, got " + saves.size());
    }
  }

  /**
   * {@return how many steps are done already; parameters and optimizer are set to where that is}
   */
  int resume(AdamW optimizer) {
    return saves.stream()
        .filter(save -> Files.exists(save.file()))
        .mapToInt(save -> TrainingState.load(save.file(), optimizer))
        .findFirst()
        .orElse(0);
  }

  /** Adds the figures of evaluations that are due after so many steps. */
  public void evaluate(int done, Map<String, Double> metrics) {
    evaluations.stream()
        .filter(evaluation -> done % evaluation.every() == 0)
        .forEach(evaluation ->
            evaluation
                .figures()
                .get()
                .forEach((name, value) -> metrics.put("eval/" + name, value)));
  }

  /** Saves if that is due after so many steps. */
  void save(int done, AdamW optimizer) {
    saves.stream()
        .filter(save -> done % save.every() == 0)
        .forEach(save -> TrainingState.save(save.file(), optimizer, done));
  }
}
