package org.rlhf4j.rlhf.cli;

import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** What the stages that learn from a file are told beside {@link StageOptions}. */
final class TrainingOptions {
  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE",
      description = "JSON lines; see above for the keys.")
  Path data = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "New folder for model and metrics (default: runs/STAGE, then runs/STAGE-2, ...).")
  private List<Path> out = List.of();

  @Option(names = "--epochs", description = "Passes over the data (default: ${DEFAULT-VALUE}).")
  int epochs = 1;

  @Option(names = "--batch-size", description = "Of an update (default: ${DEFAULT-VALUE}).")
  int batchSize = 32;

  @Option(
      names = "--learning-rate",
      description = "At its highest; it rises and falls (default: ${DEFAULT-VALUE}).")
  double learningRate = 3e-4;

  /** {@return the folder, made now} */
  Path folder(String stage) {
    return RunDirectory.create(out, stage);
  }
}
