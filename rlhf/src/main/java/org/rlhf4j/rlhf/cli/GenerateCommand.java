package org.rlhf4j.rlhf.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.rlhf4j.rlhf.train.BaseModel;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Completion;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.GenerationConfig;
import org.rlhf4j.transformer.Generator;
import org.rlhf4j.transformer.Sampling;
import org.rlhf4j.transformer.checkpoint.DecoderFile;
import org.rlhf4j.transformer.tokenizer.Tokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rlhf4j generate}. */
@Command(
    name = "generate",
    description = "Continues a prompt and prints it as it comes.",
    mixinStandardHelpOptions = true)
final class GenerateCommand implements Callable<Integer> {
  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE",
      description = "llama2.c .bin or .safetensors.")
  private Path model = Path.of("");

  @Option(
      names = "--tokenizer",
      required = true,
      paramLabel = "FILE",
      description = "llama2.c .bin or a run's tokenizer.txt.")
  private Path tokenizer = Path.of("");

  @Option(names = "--prompt", required = true, paramLabel = "TEXT")
  private String prompt = "";

  @Option(names = "--max-new-tokens", description = "Default: ${DEFAULT-VALUE}.")
  private int maxNewTokens = 200;

  @Option(names = "--temperature", description = "0 is greedy (default: ${DEFAULT-VALUE}).")
  private double temperature = 1;

  @Option(names = "--top-k", description = "Draw from the K most likely tokens.")
  private int topK = Sampling.Stochastic.ALL;

  @Option(names = "--top-p", description = "Draw from the likeliest tokens of this mass.")
  private double topP = 1;

  @Option(names = "--seed", description = "Default: ${DEFAULT-VALUE}.")
  private long seed = 1;

  @Mixin private MachineOptions machine = new MachineOptions();

  @Override
  public Integer call() {
    Sampling sampling =
        temperature == 0 ? Sampling.greedy() : new Sampling.Stochastic(temperature, topK, topP);
    Tokenizer words = BaseModel.readTokenizer(tokenizer);
    try (Backend backend = machine.open();
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Decoder decoder = DecoderFile.read(model, workspace);
      BaseModel.requireMatch(decoder, words);
      GenerationConfig config =
          GenerationConfig.of(sampling, maxNewTokens, words.begin(), words.end());
      int[] text = words.encode(prompt);
      int[] ids = new int[text.length + 1];
      ids[0] = words.begin();
      System.arraycopy(text, 0, ids, 1, text.length);
      System.out.print(prompt);
      System.out.flush();
      int[] previous = {ids[text.length]};
      long begin = System.nanoTime();
      Completion completion =
          new Generator(decoder, pool)
              .generate(
                  List.of(new Generator.Prompt(ids, new RandomKey(seed).child(0))),
                  config,
                  (_, draw) -> {
                    System.out.writeBytes(words.bytes(previous[0], draw.token()));
                    System.out.flush();
                    previous[0] = draw.token();
                  })
              .getFirst();
      System.out.println();
      System.err.printf(
          Locale.ROOT,
          "%d tokens, %.0f tokens/s%n",
          completion.length(),
          completion.length() * 1e9 / (System.nanoTime() - begin));
    }
    return 0;
  }
}
