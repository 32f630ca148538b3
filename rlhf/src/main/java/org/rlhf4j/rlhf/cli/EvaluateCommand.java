package org.rlhf4j.rlhf.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.JsonLines;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.train.BaseModel;
import org.rlhf4j.rlhf.train.Likelihoods;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.checkpoint.DecoderFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rlhf4j evaluate}. */
@Command(
    name = "evaluate",
    description = {
      "Samples an answer to each prompt and measures reward, length, and distance to a reference.",
      "Data: {\"prompt\": \"..\"}"
    },
    mixinStandardHelpOptions = true)
final class EvaluateCommand implements Callable<Integer> {
  private static final int AT_ONCE = 64;

  @Mixin private StageOptions options = new StageOptions();
  @Mixin private SamplingOptions sampling = new SamplingOptions();

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE",
      description = "JSON lines; see above for the keys.")
  private Path data = Path.of("");

  @Option(
      names = "--reference",
      paramLabel = "FILE",
      description =
          "Model of the same tokenizer to compare with, such as the one training began at.")
  private List<Path> reference = List.of();

  @Override
  public Integer call() {
    List<String> prompts = JsonLines.prompts(data);
    sampling.check();
    return options.run(opened -> {
      opened.requireRoom(prompts, sampling.maxNewTokens);
      List<Sample> samples =
          sampling
              .sampler(opened)
              .sample(opened.decoder(), prompts, opened.key().child("evaluate"));
      print("reward/mean", Rows.mean(sampling.reward(opened).of(samples)));
      print(
          "completion/mean_length",
          samples.stream().mapToInt(Sample::length).average().orElseThrow());
      double own = logprob(opened, opened.decoder(), samples);
      print("perplexity", Math.exp(-own));
      for (Path file : reference) {
        Decoder other = DecoderFile.read(file, opened.workspace());
        BaseModel.requireMatch(other, opened.template().tokenizer());
        double theirs = logprob(opened, other, samples);
        print("perplexity/reference", Math.exp(-theirs));
        print("kl/per_token", own - theirs);
      }
    });
  }

  /** Mean log-probability of a token at temperature 1. */
  private static double logprob(StageOptions.Opened opened, Decoder decoder, List<Sample> samples) {
    List<Dialogue> dialogues = Sample.dialogues(samples);
    return Rows.mean(
        Likelihoods.ofCompletions(decoder, dialogues, 1, opened.pool(), AT_ONCE).stream()
            .flatMapToDouble(Arrays::stream)
            .toArray());
  }

  private static void print(String name, double value) {
    System.out.printf(Locale.ROOT, "%-24s %.4f%n", name, value);
  }
}
