package org.rlhf4j.rlhf.cli;

import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the stages that learn from a file are told beside {@link StageOptions}. */
final class TrainingOptions {
  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE",
      description = "JSON lines; see above for the keys.")
  Path data = Path.of("");

  @Mixin private FolderOption out = new FolderOption();

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
    return out.create(stage);
  }
}
