package org.rlhf4j.bench;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.rlhf4j.autograd.Parameter;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.autograd.op.CrossEntropy;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.GradientNorm;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.kernel.RotaryLayout;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.TokenBatch;

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
  private Decoder decoder;
  private List<Parameter> parameters;
  private AdamW optimizer;
  private TokenBatch batch;
  private int[] targets;
  private TorchTraining torch;
  private NDArray torchIds;
  private NDArray torchTargets;

  /**
   * {@return a step's work: six operations for each weight and token, attention, and for each
   * weight what AdamW moves and a read in either direction and a write of the gradient}
   */
  static Work work(String shape) {
    DecoderConfig config = config(shape);
    int tokens = ROWS * TIME;
    double weights = weights(config);
    double scores = 0.5 * ROWS * config.layers() * TIME * (TIME + 1.0);
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
    decoder = new Decoder(ParameterScope.root(peers.workspace, new RandomKey(1)), config);
    parameters = decoder.parameters();
    optimizer = new AdamW(AdamW.Config.PRETRAINING, parameters, peers.workspace);
    int[] ids = new int[ROWS * TIME];
    targets = new int[ROWS * TIME];
    long[] longIds = new long[ROWS * TIME];
    long[] longTargets = new long[ROWS * TIME];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = i * 31 % config.vocabularySize();
      targets[i] = (i + 1) * 31 % config.vocabularySize();
      longIds[i] = ids[i];
      longTargets[i] = targets[i];
    }
    batch = new TokenBatch(ids, new int[ROWS]);
    torch = new TorchTraining(peers, new TorchDecoder(peers, config, parameters, TIME));
    torchIds = peers.torch.create(longIds, new ai.djl.ndarray.types.Shape(ROWS, TIME));
    torchTargets = peers.torch.create(longTargets, new ai.djl.ndarray.types.Shape(ROWS, TIME, 1));
  }

  @Override
  @TearDown(Level.Trial)
  public void tearDown() {
    peers.close();
  }

  @Benchmark
  public double stepOurs() {
    try (Tape tape = Tape.recording(peers.pool())) {
      Variable logits = decoder.logits(decoder.hidden(tape, batch, Mode.EVALUATION));
      Variable loss = CrossEntropy.of(logits, targets);
      tape.backward(loss);
      optimizer.step(1e-3, new GradientNorm(parameters, 1, tape.workspace()));
      return loss.item();
    }
  }

  @Benchmark
  public float stepLibtorch() {
    return torch.step(torchIds, torchTargets);
  }
}
