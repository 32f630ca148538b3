package org.rlhf4j.cuda;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.op.CrossEntropy;
import org.rlhf4j.cuda.driver.EmulatedDriver;
import org.rlhf4j.cuda.ptx.Options;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.GradientNorm;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.TokenBatch;

/**
 * Speed of the interpreter with every check on: processor time of the one thread that interprets,
 * the median after warm-up.
 */
public final class EmulatorBenchmark {
  private static final int VOCABULARY = 512;

  private final int repeats;
  private final List<Batch> batches;

  /** What a training step learns from: so many rows of so many tokens, at most 128. */
  public record Batch(int rows, int tokens) {
    public Batch {
      Check.positive("rows", rows);
      Check.positive("tokens", tokens);
    }
  }

  /**
   * @param repeats timed runs of each case, after as many that are not
   */
  public EmulatorBenchmark(int repeats, List<Batch> batches) {
    Check.positive("repeats", repeats);
    this.repeats = repeats;
    this.batches = List.copyOf(batches);
  }

  /** {@return a table in Markdown} */
  public List<String> run() {
    List<String> lines = new ArrayList<>();
    lines.add("| case | median, ms |");
    lines.add("| --- | ---: |");
    EmulatedDriver driver = new EmulatedDriver(Options.checked());
    try (CudaBackend backend = new CudaBackend("cuda-emulated", driver);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Tensor x = workspace.empty(Shape.of(64, 1024));
      x.set(new SplittableRandom(1).doubles(x.size(), -4, 4).toArray());
      Tensor y = workspace.empty(x.shape());
      // a launch is short: ten times as many
      lines.add(line("softmax [64, 1024]", 10 * repeats, () -> backend.rows().softmax(x, y)));
      DecoderConfig config = DecoderConfig.llama(VOCABULARY, 128, 64, 4, 8, 4, 172);
      Decoder decoder = new Decoder(ParameterScope.root(workspace, new RandomKey(2)), config);
      AdamW optimizer = new AdamW(AdamW.Config.TUNING, decoder.parameters(), workspace);
      for (Batch batch : batches) {
        lines.add(
            line(
                "training step, 4 layers of width 64, %d x %d tokens"
                    .formatted(batch.rows(), batch.tokens()),
                repeats,
                () -> step(decoder, optimizer, pool, batch)));
      }
    }
    return lines;
  }

  private static void step(Decoder decoder, AdamW optimizer, Pool pool, Batch batch) {
    int[] ids =
        new SplittableRandom(3).ints((long) batch.rows() * batch.tokens(), 0, VOCABULARY).toArray();
    try (Tape tape = Tape.recording(pool);
        Workspace ofStep = new Workspace(pool)) {
      TokenBatch tokens = new TokenBatch(ids, new int[batch.rows()]);
      tape.backward(
          CrossEntropy.of(decoder.logits(decoder.hidden(tape, tokens, Mode.EVALUATION)), ids));
      optimizer.step(1e-4, new GradientNorm(decoder.parameters(), 1, ofStep));
    }
  }

  private static String line(String name, int repeats, Runnable work) {
    long[] nanoseconds = new long[repeats];
    for (int i = -repeats; i < repeats; i++) {
      long begin = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      work.run();
      long end = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      if (i >= 0) {
        nanoseconds[i] = end - begin;
      }
    }
    Arrays.sort(nanoseconds);
    return String.format(Locale.ROOT, "| %s | %.1f |", name, nanoseconds[repeats / 2] / 1e6);
  }
}
