package org.rlhf4j.rlhf.cli;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.rlhf4j.rlhf.data.ChatTemplate;
import org.rlhf4j.rlhf.data.Turn;
import org.rlhf4j.transformer.Completion;
import org.rlhf4j.transformer.GenerationConfig;
import org.rlhf4j.transformer.Generator;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.tokenizer.Tokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rlhf4j chat}. */
@Command(
    name = "chat",
    description =
        "Answers what is typed, line by line, until the input ends; with --template CHAT it"
            + " remembers the conversation.",
    mixinStandardHelpOptions = true)
final class ChatCommand implements Callable<Integer> {
  @Mixin private StageOptions options = new StageOptions();

  @Option(names = "--temperature", description = "0 is greedy (default: ${DEFAULT-VALUE}).")
  private double temperature = 0.8;

  @Option(names = "--max-new-tokens", description = "Of an answer (default: ${DEFAULT-VALUE}).")
  private int maxNewTokens = 100;

  @Override
  public Integer call() {
    Sampling sampling = temperature == 0 ? Sampling.greedy() : Sampling.at(temperature);
    return options.run(opened -> {
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      List<Turn> history = new ArrayList<>();
      lines
          .lines()
          .filter(line -> !line.isBlank())
          .forEach(line -> answer(opened, sampling, history, line));
    });
  }

  private void answer(
      StageOptions.Opened opened, Sampling sampling, List<Turn> history, String line) {
    history.add(Turn.user(line));
    int[] prompt =
        opened.template() instanceof ChatTemplate chat
            ? chat.prompt(history)
            : opened.template().prompt(line);
    int context = opened.decoder().config().contextLength();
    if (prompt.length + maxNewTokens > context) {
      throw new IllegalArgumentException(
          "the conversation has %d tokens and --max-new-tokens is %d; the model's context is %d"
              .formatted(prompt.length, maxNewTokens, context));
    }
    Tokenizer words = opened.template().tokenizer();
    int[] previous = {prompt[prompt.length - 1]};
    Completion completion =
        new Generator(opened.decoder(), opened.pool())
            .generate(
                List.of(
                    new Generator.Prompt(prompt, opened.key().child("chat").child(history.size()))),
                GenerationConfig.of(sampling, maxNewTokens, words.begin(), words.end()),
                (_, draw) -> {
                  System.out.writeBytes(words.bytes(previous[0], draw.token()));
                  System.out.flush();
                  previous[0] = draw.token();
                })
            .getFirst();
    System.out.println();
    history.add(new Turn(Turn.Role.ASSISTANT, words.decode(completion.tokens())));
  }
}
