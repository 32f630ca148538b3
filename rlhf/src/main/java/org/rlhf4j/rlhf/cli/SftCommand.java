package org.rlhf4j.rlhf.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.data.DialogueTokens;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.data.JsonLines;
import org.rlhf4j.rlhf.train.FineTuning;
import org.rlhf4j.rlhf.train.Imitation;
import org.rlhf4j.rlhf.train.Order;
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
  private static final int AT_ONCE = 16;

  @Mixin private StageOptions options = new StageOptions();
  @Mixin private TrainingOptions training = new TrainingOptions();
  @Mixin private EvaluationOptions evaluation = new EvaluationOptions();

  @Option(
      names = "--pack",
      paramLabel = "TOKENS",
      description =
          "Most tokens of a row of several examples, none of which sees another; 0 pads them"
              + " instead (default: ${DEFAULT-VALUE}).")
  private int rowLength;

  private static List<Dialogue> dialogues(List<Example> examples, StageOptions.Opened opened) {
    return opened.requireFit(examples.stream().map(opened.template()::dialogue).toList());
  }

  @Override
  public Integer call() {
    List<Example> examples = JsonLines.examples(training.data);
    List<Example> heldOut =
        evaluation.data.stream().flatMap(file -> JsonLines.examples(file).stream()).toList();
    FineTuning tuning =
        new FineTuning(
            training.epochs * Math.ceilDiv(examples.size(), Math.max(1, training.batchSize)),
            training.batchSize,
            training.learningRate,
            rowLength);
    return options.run(opened -> {
      List<Dialogue> dialogues = dialogues(examples, opened);
      List<DialogueTokens> measured =
          Order.parts(dialogues(heldOut, opened), AT_ONCE).stream()
              .<DialogueTokens>map(DialogueBatch::of)
              .toList();
      Path folder = training.folder("sft");
      tuning.train(
          opened.decoder(),
          dialogues,
          opened.pool(),
          "sft",
          training.journal(folder),
          opened.key().child("sft"),
          _ -> false,
          training.milestones(
              folder, evaluation.of(measured, new Imitation(opened.decoder()), opened.pool())));
      opened.save(folder);
      training.done(folder);
    });
  }
}
