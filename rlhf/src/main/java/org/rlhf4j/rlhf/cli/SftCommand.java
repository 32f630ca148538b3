package org.rlhf4j.rlhf.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Stream;
import org.rlhf4j.rlhf.data.ChatTemplate;
import org.rlhf4j.rlhf.data.Conversation;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.data.DialogueTokens;
import org.rlhf4j.rlhf.data.Example;
import org.rlhf4j.rlhf.data.JsonLines;
import org.rlhf4j.rlhf.data.Template;
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
      "Data: {\"prompt\": \"..\", \"completion\": \"..\"}; with --conversations",
      "{\"messages\": [{\"role\": \"user\", \"content\": \"..\"}, {\"role\": \"assistant\", ..}, ..]}"
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

  @Option(
      names = "--conversations",
      paramLabel = "ANSWERS",
      description =
          "Data are conversations, in --template CHAT; which answers are learned:"
              + " ${COMPLETION-CANDIDATES} (all at once, the last, or each after its history).")
  private List<Answers> conversations = List.of();

  /** Which answers of a conversation are learned. */
  enum Answers {
    ALL {
      @Override
      Stream<Dialogue> of(Conversation conversation, ChatTemplate template) {
        return Stream.of(template.allAnswers(conversation));
      }
    },
    LAST {
      @Override
      Stream<Dialogue> of(Conversation conversation, ChatTemplate template) {
        return Stream.of(template.lastAnswer(conversation));
      }
    },
    EACH {
      @Override
      Stream<Dialogue> of(Conversation conversation, ChatTemplate template) {
        return conversation.unrolled().stream().map(template::lastAnswer);
      }
    };

    abstract Stream<Dialogue> of(Conversation conversation, ChatTemplate template);
  }

  /** {@return what is in a file, which is read now, in a template that is known later} */
  private Function<Template, List<Dialogue>> read(Path file) {
    if (conversations.isEmpty()) {
      List<Example> examples = JsonLines.examples(file);
      return template -> examples.stream().map(template::dialogue).toList();
    }
    List<Conversation> all = JsonLines.conversations(file);
    return template -> {
      if (!(template instanceof ChatTemplate chat)) {
        throw new IllegalArgumentException("--conversations needs --template CHAT");
      }
      Answers learned = conversations.getFirst();
      return all.stream().flatMap(conversation -> learned.of(conversation, chat)).toList();
    };
  }

  @Override
  public Integer call() {
    Function<Template, List<Dialogue>> examples = read(training.data);
    List<Function<Template, List<Dialogue>>> heldOut =
        evaluation.data.stream().map(this::read).toList();
    return options.run(model -> {
      StageOptions.Opened opened = training.learner(model);
      List<Dialogue> dialogues = opened.requireFit(examples.apply(opened.template()));
      FineTuning tuning =
          new FineTuning(
              training.epochs * Math.ceilDiv(dialogues.size(), Math.max(1, training.batchSize)),
              training.batchSize,
              training.learningRate,
              rowLength);
      List<DialogueTokens> measured =
          heldOut.stream()
              .map(others -> opened.requireFit(others.apply(opened.template())))
              .flatMap(others -> Order.parts(others, AT_ONCE).stream())
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
