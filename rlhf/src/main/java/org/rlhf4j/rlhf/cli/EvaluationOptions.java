package org.rlhf4j.rlhf.cli;

import java.nio.file.Path;
import java.util.List;
import org.rlhf4j.rlhf.train.Milestones;
import org.rlhf4j.rlhf.train.Objective;
import org.rlhf4j.rlhf.train.Trainer;
import org.rlhf4j.tensor.Pool;
import picocli.CommandLine.Option;

/** What a stage measures itself on while it learns. */
final class EvaluationOptions {
  @Option(
      names = "--eval-data",
      paramLabel = "FILE",
      description = "Like --data, but not learned from; measured every --eval-every steps.")
  List<Path> data = List.of();

  @Option(
      names = "--eval-every",
      paramLabel = "STEPS",
      description = "Steps between measurements of --eval-data (default: ${DEFAULT-VALUE}).")
  private int every = 50;

  /**
   * {@return the measurement, if there is data for it}
   *
   * @param batches of the data, as the objective takes them
   */
  <B> List<Milestones.Evaluation> of(List<B> batches, Objective<B> objective, Pool pool) {
    return data.stream()
        .map(_ -> new Milestones.Evaluation(every, () -> Trainer.measure(batches, objective, pool)))
        .toList();
  }
}
