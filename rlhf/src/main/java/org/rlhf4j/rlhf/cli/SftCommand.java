package org.rlhf4j.rlhf.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.data.JsonLines;
import org.rlhf4j.rlhf.experiment.TuningConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

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

  @Override
  public Integer call() {
    List<Example> examples = JsonLines.examples(training.data);
    TuningConfig config =
        new TuningConfig(
            training.epochs * Math.ceilDiv(examples.size(), Math.max(1, training.batchSize)),
            training.batchSize,
            training.learningRate);
    return options.run(opened -> {
      List<Dialogue> dialogues =
          opened.requireFit(examples.stream().map(opened.template()::dialogue).toList());
      Path folder = training.folder("sft");
      config.tune(
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
