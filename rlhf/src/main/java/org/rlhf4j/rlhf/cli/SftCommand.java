package org.rlhf4j.rlhf.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.data.JsonLines;
import org.rlhf4j.rlhf.train.FineTuning;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rlhf4j sft}. */
@Command(
    name = "sft",
    description = {
      "Supervised fine-tuning: imitates completions; prompts are read but not learned.",
      "Data: {\"prompt\": \"..\", \"completion\": \"..\"}"
    },
    mixinStandardHelpOptions = true)
final class SftCommand implements Callable<Integer> {
  @Mixin private StageOptions options = new StageOptions();
  @Mixin private TrainingOptions training = new TrainingOptions();

  @Option(
      names = "--pack",
      paramLabel = "TOKENS",
      description =
          "Most tokens of a row of several examples, none of which sees another; 0 pads them"
              + " instead (default: ${DEFAULT-VALUE}).")
  private int rowLength;

  @Override
  public Integer call() {
    List<Example> examples = JsonLines.examples(training.data);
    FineTuning tuning =
        new FineTuning(
            training.epochs * Math.ceilDiv(examples.size(), Math.max(1, training.batchSize)),
            training.batchSize,
            training.learningRate,
            rowLength);
    return options.run(opened -> {
      List<Dialogue> dialogues =
          opened.requireFit(examples.stream().map(opened.template()::dialogue).toList());
      Path folder = training.folder("sft");
      tuning.train(
          opened.decoder(),
          dialogues,
          opened.pool(),
          "sft",
          StageOptions.journal(folder),
          opened.key().child("sft"));
      opened.save(folder);
    });
  }
}
