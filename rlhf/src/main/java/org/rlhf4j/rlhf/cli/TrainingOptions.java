package org.rlhf4j.rlhf.cli;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.rlhf4j.nn.Lora;
import org.rlhf4j.nn.TrainingState;
import org.rlhf4j.nn.WholeFile;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.Milestones;
import org.rlhf4j.tensor.Check;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What the stages that learn from a file are told beside {@link StageOptions}. */
final class TrainingOptions {
  private static final String FLAGS = "flags.txt";
  private static final String STATE = "state.safetensors";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE",
      description = "JSON lines; see above for the keys.")
  Path data = Path.of("");

  @Mixin private RunOptions where = new RunOptions();

  @Option(names = "--epochs", description = "Passes over the data (default: ${DEFAULT-VALUE}).")
  int epochs = 1;

  @Option(names = "--batch-size", description = "Of an update (default: ${DEFAULT-VALUE}).")
  int batchSize = 32;

  @Option(
      names = "--learning-rate",
      description = "At its highest; it rises and falls (default: ${DEFAULT-VALUE}).")
  double learningRate = 3e-4;

  @Option(
      names = "--save-every",
      paramLabel = "STEPS",
      description =
          "Save weights and optimizer, so that --resume goes on there; 0 never (default:"
              + " ${DEFAULT-VALUE}).")
  private int saveEvery;

  @Option(
      names = "--lora-rank",
      paramLabel = "RANK",
      description =
          "Learn adapters of this rank beside the linear maps, and write the model with them merged"
              + " in; 0 learns all parameters (default: ${DEFAULT-VALUE}).")
  private int loraRank;

  /** {@return the stage with the decoder that is to learn: itself, or adapters beside it} */
  StageOptions.Opened learner(StageOptions.Opened opened) {
    Check.notNegative("--lora-rank", loraRank);
    if (loraRank == 0) {
      return opened;
    }
    Lora lora = new Lora(loraRank, 2.0 * loraRank, Lora.ALL);
    return opened.with(
        opened.decoder().adapted(lora, opened.workspace(), opened.key().child("lora")));
  }

  /**
   * {@return the folder, made now, or that of the stage that is resumed}
   *
   * @throws IllegalArgumentException if there is nothing to resume, or it was begun with other
   *     flags
   */
  Path folder(String stage) {
    Check.notNegative("--save-every", saveEvery);
    where.check();
    Path folder = where.folder(stage);
    Path flags = folder.resolve(FLAGS);
    if (!where.resumes()) {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(flags());
      WholeFile.write(flags, channel -> WholeFile.write(channel, bytes));
    } else if (!Files.exists(folder.resolve(STATE))) {
      throw new IllegalArgumentException(
          folder + " holds no stage that saved itself and is not done; see --save-every");
    } else if (!new String(WholeFile.read(flags), StandardCharsets.UTF_8).equals(flags())) {
      throw new IllegalArgumentException(
          folder + " was begun with other flags; resume it with those in " + flags);
    }
    return folder;
  }

  /** {@return what the command was given, but for where it writes and whether it resumes} */
  private String flags() {
    return command.commandLine().getParseResult().matchedOptions().stream()
        .filter(option -> !List.of("--out", "--resume").contains(option.longestName()))
        .map(option -> option.longestName() + "=" + option.originalStringValues())
        .sorted()
        .collect(Collectors.joining("\n", "", "\n"));
  }

  /** {@return the journal of the stage, with the steps that need not be taken again} */
  Journal journal(Path folder) {
    Path file = folder.resolve("metrics.jsonl");
    Path state = folder.resolve(STATE);
    int done = Files.exists(state) ? TrainingState.done(state) : 0;
    return Journal.resume(file, entry -> entry.step() < done);
  }

  /** {@return whether the stage is to save itself while it learns} */
  boolean saves() {
    return saveEvery > 0;
  }

  /** {@return where the stage pauses} */
  Milestones milestones(Path folder, List<Milestones.Evaluation> evaluations) {
    return new Milestones(
        evaluations,
        saveEvery == 0
            ? List.of()
            : List.of(new Milestones.Save(saveEvery, folder.resolve(STATE))));
  }

  /** Removes what only an unfinished stage needs. */
  void done(Path folder) {
    folder.resolve(STATE).toFile().delete();
  }
}
