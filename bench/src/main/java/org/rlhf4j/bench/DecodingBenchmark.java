package org.rlhf4j.bench;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.transformer.Completion;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.GenerationConfig;
import org.rlhf4j.transformer.Generator;
import org.rlhf4j.transformer.Sampling;

/**
 * Decoding, greedy and cached: one sequence, against llama2.c on one thread, and sixteen at once,
 * against sixteen one after the other. The models have the shapes of stories260K and stories15M and
 * random parameters.
 */
@State(Scope.Benchmark)
@Fork(value = 1, jvmArgsAppend = Peers.MODULES)
public class DecodingBenchmark implements Contest.Paired {
  private static final int MANY = 16;

  @Param({"1", "2"})
  int threads;

  @Param({"260K", "15M"})
  String shape = "";

  private Peers peers;
  private Generator generator;
  private List<Llama2c> llama2c = List.of();

  private static DecoderConfig config(String shape) {
    return switch (shape) {
      case "260K" -> DecoderConfig.llama(512, 512, 64, 5, 8, 4, 172);
      case "15M" -> DecoderConfig.llama(32_000, 256, 288, 6, 6, 6, 768);
      default -> throw new IllegalArgumentException("no model of shape " + shape);
    };
  }

  /** Tokens of a sequence, about those of a story. */
  private static int tokens(String shape) {
    return shape.equals("260K") ? 250 : 100;
  }

  /** Weights are read once a step, however many sequences they serve. */
  static Work work(String kernel, String shape) {
    int sequences = kernel.equals("sixteen") ? MANY : 1;
    double weights = TrainingBenchmark.weights(config(shape));
    double steps = tokens(shape);
    return new Work(
        2 * weights * sequences * steps, 4 * weights * steps, tokens(shape) * sequences);
  }

  @Override
  public double warmUp() {
    return 8;
  }

  @Override
  public boolean has(Contest.Peer peer, int onThreads) {
    return peer != Contest.Peer.Llama2c || (onThreads == 1 && Llama2c.isFound());
  }

  @Override
  @Setup(Level.Trial)
  public void setUp() {
    peers = new Peers(threads);
    Decoder decoder =
        new Decoder(ParameterScope.root(peers.workspace, new RandomKey(1)), config(shape));
    Tensor embedding = decoder.parameters().getFirst().value();
    float[] values = embedding.toFloats();
    int width = decoder.config().width();
    Arrays.fill(values, Llama2c.BEGIN * width, (Llama2c.BEGIN + 1) * width, 0); // is never the best
    embedding.set(values);
    generator = new Generator(decoder, peers.pool());
    if (Llama2c.isFound()) {
      llama2c = List.of(Llama2c.write(decoder));
    }
  }

  @Override
  @TearDown(Level.Trial)
  public void tearDown() {
    llama2c.forEach(Llama2c::close);
    peers.close();
  }

  @Benchmark
  public List<Completion> singleOurs() {
    return generate(1);
  }

  @Benchmark
  public List<Completion> sixteenOurs() {
    return generate(MANY);
  }

  private List<Completion> generate(int sequences) {
    return generator.generate(
        Collections.nCopies(sequences, new int[] {Llama2c.BEGIN}),
        GenerationConfig.of(Sampling.greedy(), tokens(shape)),
        new RandomKey(1));
  }

  /** {@return seconds, by the rate that the program tells; its clock counts milliseconds} */
  public double singleLlama2c(int calls) {
    int runs = Math.max(4, calls);
    double seconds = 0;
    for (int i = 0; i < runs; i++) {
      seconds += tokens(shape) / llama2c.getFirst().tokensPerSecond(tokens(shape)) / runs;
    }
    return seconds;
  }

  /** {@return seconds of sixteen, from some} */
  public double sixteenOneByOne(int calls) {
    return MANY * Side.of(this::singleOurs).seconds(calls);
  }
}
