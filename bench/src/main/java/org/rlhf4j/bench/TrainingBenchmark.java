package org.rlhf4j.bench;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.tensor.kernel.RotaryLayout;
import org.rlhf4j.transformer.DecoderConfig;

/**
 * One step of training a decoder of about so many parameters: forward, backward, clipping, AdamW,
 * on {@link #ROWS} rows of {@link #TIME} tokens. The peer is {@link TorchTraining}.
 */
@State(Scope.Benchmark)
@Fork(
    value = 1,
    jvmArgsAppend = {Peers.MODULES, "-Xmx5g"})
public class TrainingBenchmark implements Contest.Paired {
  static final int ROWS = 4;
  static final int TIME = 128;

  @Param({"1", "2"})
  int threads;

  @Param({"0.3M", "3M", "30M", "GPT2-124M"})
  String shape = "";

  private Peers peers;
  private OurTraining ours;
  private TorchTraining torch;
  private NDArray torchIds;
  private NDArray torchTargets;

  /**
   * {@return a step's work: six operations for each weight and token, attention, and for each
   * weight what AdamW moves and a read in either direction and a write of the gradient}
   */
  static Work work(String shape) {
    return work(config(shape), ROWS, TIME);
  }

  static Work work(DecoderConfig config, int rows, int time) {
    int tokens = rows * time;
    double weights = weights(config);
    double scores = 0.5 * rows * config.layers() * time * (time + 1.0);
    return new Work(
        6 * weights * tokens + 7 * 2 * scores * config.width(), (28 + 12) * weights, tokens);
  }

  /** {@return how many numbers multiply a token: all parameters but those of positions} */
  static double weights(DecoderConfig config) {
    boolean llama = config.family() == DecoderConfig.Family.LLAMA;
    double width = config.width();
    double keyValueWidth = (double) config.keyValueHeads() * config.headDim();
    double attention = 2 * width * (width + keyValueWidth);
    double feedForward = (llama ? 3 : 2) * width * config.feedForwardWidth();
    return config.layers() * (attention + feedForward) + width * config.vocabularySize();
  }

  /** {@return the decoder of a shape that {@link #shape} names} */
  static DecoderConfig config(String size) {
    return switch (size) {
      case "0.3M" -> llama(512, 64, 5, 8, 172);
      case "3M" -> llama(2048, 192, 6, 6, 512);
      case "30M" -> llama(8192, 512, 8, 8, 1376);
      case "GPT2-124M" -> DecoderConfig.gpt2(50_257, 1024, 768, 12, 12);
      default -> throw new IllegalArgumentException("no decoder of size " + size);
    };
  }

  /** As libtorch's side turns halves of a head, so does ours here. */
  private static DecoderConfig llama(int vocabulary, int width, int layers, int heads, int inner) {
    return DecoderConfig.llama(vocabulary, TIME, width, layers, heads, heads, inner)
        .withRotaryLayout(RotaryLayout.HALVES);
  }

  @Override
  @Setup(Level.Trial)
  public void setUp() {
    peers = new Peers(threads);
    DecoderConfig config = config(shape);
    ours = new OurTraining(peers, config, AdamW.Config.PRETRAINING, 1e-3, 1, ROWS, TIME);
    List<Parameter> parameters = ours.decoder().parameters();
    torch = new TorchTraining(peers, new TorchDecoder(peers, config, parameters, TIME));
    torchIds = peers.torch.create(longs(ours.ids()), new ai.djl.ndarray.types.Shape(ROWS, TIME));
    torchTargets =
        peers.torch.create(longs(ours.targets()), new ai.djl.ndarray.types.Shape(ROWS, TIME, 1));
  }

  private static long[] longs(int[] values) {
    return IntStream.of(values).asLongStream().toArray();
  }

  @Override
  @TearDown(Level.Trial)
  public void tearDown() {
    peers.close();
  }

  @Benchmark
  public double stepOurs() {
    return ours.step();
  }

  @Benchmark
  public float stepLibtorch() {
    return torch.step(torchIds, torchTargets);
  }
}
