package org.rlhf4j.bench;

import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.rlhf4j.transformer.DecoderConfig;

/**
 * One step of training a decoder of the shape of GPT-2, with the batch and optimizer of llm.c's
 * program, which is the peer.
 */
@State(Scope.Benchmark)
@Fork(
    value = 1,
    jvmArgsAppend = {Peers.MODULES, "-Xmx5g"})
public class Gpt2Benchmark implements Contest.Paired {
  /** Steps of a run before those that count: the first one meets all memory for the first time. */
  private static final int SETTLING = 1;

  @Param({"1", "2"})
  int threads;

  @Param("124M")
  String shape = "";

  private Peers peers;
  private OurTraining ours;
  private List<Llmc> llmc = List.of();

  private static DecoderConfig config(String shape) {
    return switch (shape) {
      case "124M" -> DecoderConfig.gpt2(50_257, 1024, 768, 12, 12);
      default -> throw new IllegalArgumentException("no GPT-2 of shape " + shape);
    };
  }

  static Work work(String shape) {
    return TrainingBenchmark.work(config(shape), Llmc.ROWS, Llmc.TIME);
  }

  @Override
  public boolean has(Contest.Peer peer, int onThreads) {
    return Llmc.isFound();
  }

  @Override
  @Setup(Level.Trial)
  public void setUp() {
    peers = new Peers(threads);
    ours =
        new OurTraining(
            peers,
            config(shape),
            Llmc.ADAM_W,
            Llmc.LEARNING_RATE,
            Double.MAX_VALUE,
            Llmc.ROWS,
            Llmc.TIME);
    if (Llmc.isFound()) {
      llmc = List.of(Llmc.write(ours.decoder()));
    }
  }

  @Override
  @TearDown(Level.Trial)
  public void tearDown() {
    llmc.forEach(Llmc::close);
    peers.close();
  }

  @Benchmark
  public double stepOurs() {
    return ours.step();
  }

  /** {@return seconds of a step, as the program tells them} */
  public double stepLlmc(int calls) {
    return llmc.getFirst().steps(SETTLING + calls, threads).stream()
        .skip(SETTLING)
        .mapToDouble(Llmc.Step::seconds)
        .average()
        .orElseThrow();
  }
}
