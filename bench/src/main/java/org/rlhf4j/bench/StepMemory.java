package org.rlhf4j.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.op.CrossEntropy;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.GradientNorm;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.TokenBatch;

/**
 * The most memory that training a decoder of {@link TrainingBenchmark} takes, in bytes: parameters,
 * gradients, moments, and what a step needs.
 */
final class StepMemory {
  private static final int STEPS = 4;
  private static final int TOKENS = TrainingBenchmark.ROWS * TrainingBenchmark.TIME;

  private StepMemory() {}

  /** {@return what our pool holds after some steps; it gives nothing back} */
  static double ours(String shape) {
    DecoderConfig config = TrainingBenchmark.config(shape);
    try (Peers peers = new Peers(1)) {
      Decoder decoder = decoder(peers, config);
      List<Parameter> parameters = decoder.parameters();
      AdamW optimizer = new AdamW(AdamW.Config.PRETRAINING, parameters, peers.workspace);
      int[] ids = ids(config);
      for (int step = 0; step < STEPS; step++) {
        try (Tape tape = Tape.recording(peers.pool())) {
          TokenBatch batch = new TokenBatch(ids, new int[TrainingBenchmark.ROWS]);
          var logits = decoder.logits(decoder.hidden(tape, batch, Mode.EVALUATION));
          tape.backward(CrossEntropy.of(logits, ids));
          optimizer.step(1e-3, new GradientNorm(parameters, 1, tape.workspace()));
        }
      }
      return 4.0 * peers.pool().allocatedElements();
    }
  }

  /**
   * {@return what theory needs of a Llama-style decoder: parameters, gradients and moments, and of
   * each token what the backward pass reads (a layer's input, norms, queries, keys, values, mixed
   * values and sum, three tensors of the inner width; the last sum and its norm, logits and their
   * gradient)}
   */
  static double theory(String shape) {
    DecoderConfig config = TrainingBenchmark.config(shape);
    double layer = 8.0 * config.width() + 3.0 * config.feedForwardWidth();
    double ends = 2.0 * config.width() + 2.0 * config.vocabularySize();
    return 4 * (4 * TrainingBenchmark.weights(config) + TOKENS * (config.layers() * layer + ends));
  }

  /**
   * {@return by how much this process grew at most while libtorch trained} Call it in a process of
   * its own whose heap was touched at the start, so that nothing but libtorch grows.
   *
   * @throws UncheckedIOException where Linux's /proc is not there
   */
  static double libtorch(String shape) {
    train("0.3M", 20); // the code that runs is compiled, threads and libraries are there
    DecoderConfig config = TrainingBenchmark.config(shape);
    try (Peers peers = new Peers(1)) {
      Decoder decoder = decoder(peers, config);
      System.gc();
      double before = status("VmRSS:");
      forgetPeak();
      train(peers, config, decoder, STEPS);
      return status("VmHWM:") - before;
    }
  }

  private static void train(String shape, int steps) {
    DecoderConfig config = TrainingBenchmark.config(shape);
    try (Peers peers = new Peers(1)) {
      train(peers, config, decoder(peers, config), steps);
    }
  }

  private static void train(Peers peers, DecoderConfig config, Decoder decoder, int steps) {
    TorchTraining torch =
        new TorchTraining(
            peers, new TorchDecoder(peers, config, decoder.parameters(), TrainingBenchmark.TIME));
    long[] ids = LongStream.range(0, TOKENS).map(i -> i * 31 % config.vocabularySize()).toArray();
    long rows = TrainingBenchmark.ROWS;
    NDArray torchIds = peers.torch.create(ids, new Shape(rows, TrainingBenchmark.TIME));
    NDArray targets = peers.torch.create(ids, new Shape(rows, TrainingBenchmark.TIME, 1));
    for (int step = 0; step < steps; step++) {
      torch.step(torchIds, targets);
    }
  }

  private static Decoder decoder(Peers peers, DecoderConfig config) {
    return new Decoder(ParameterScope.root(peers.workspace, new RandomKey(1)), config);
  }

  private static int[] ids(DecoderConfig config) {
    return IntStream.range(0, TOKENS).map(i -> i * 31 % config.vocabularySize()).toArray();
  }

  /** Linux's peak of this process becomes what it holds now. */
  private static void forgetPeak() {
    try {
      Files.writeString(Path.of("/proc/self/clear_refs"), "5");
    } catch (IOException e) {
      throw new UncheckedIOException("the peak of memory cannot be reset", e);
    }
  }

  private static double status(String name) {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith(name))
          .mapToDouble(line -> 1024 * Double.parseDouble(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException("this process's memory cannot be read", e);
    }
  }
}
