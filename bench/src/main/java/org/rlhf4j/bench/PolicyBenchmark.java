package org.rlhf4j.bench;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.rlhf.online.PolicyOptimization;
import org.rlhf4j.rlhf.online.Reward;
import org.rlhf4j.rlhf.online.Sampler;
import org.rlhf4j.rlhf.train.Journal;
import org.rlhf4j.rlhf.train.RewardModel;
import org.rlhf4j.rlhf.train.ScalarHead;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Sampling;

/**
 * A whole step of the demo's model: completions, scores, updates ({@link PolicyStep}). Our side is
 * what {@code ./rlhf4j} runs, with its journal and its progress bar, which is not shown; the peer
 * is {@link TorchPolicy}.
 */
@State(Scope.Benchmark)
@Fork(value = 1, jvmArgsAppend = Peers.MODULES)
public class PolicyBenchmark implements Contest.Paired {
  static final RandomKey KEY = new RandomKey(3);

  @Param({"1", "2"})
  int threads;

  @Param("demo")
  String shape = "";

  private Peers peers;
  private Sides ppo;
  private Sides grpo;
  private Path folder;
  private int calls;

  /** Both sides of one algorithm, with the same numbers to begin with. */
  static final class Sides {
    private final PolicyStep step;
    final Decoder policy;
    private final Decoder reference;
    private final Sampler sampler;
    final Reward reward;
    final TorchPolicy torch;

    Sides(Peers peers, PolicyStep step) {
      this.step = step;
      policy = decoder(peers, "policy");
      reference = decoder(peers, "reference");
      RewardModel model =
          new RewardModel(decoder(peers, "reward"), head(peers, new RandomKey(5), "rewardHead"));
      sampler =
          new Sampler(
              PolicyStep.template(),
              Sampling.at(1),
              step.newTokens(),
              step.samplingBatchSize(),
              peers.pool());
      reward = Reward.learned(model, peers.pool(), step.samplingBatchSize());
      torch =
          new TorchPolicy(
              peers,
              step,
              torch(peers, policy),
              torch(peers, reference),
              torch(peers, model.decoder()),
              torch(peers, model.head()),
              step.hasCritic() ? torch(peers, head(peers, KEY, "valueHead")) : List.of());
    }

    private static Decoder decoder(Peers peers, String name) {
      return new Decoder(
          ParameterScope.root(peers.workspace, new RandomKey(1).child(name)), PolicyStep.model());
    }

    /** A head as {@link PolicyOptimization} begins with under this key. */
    private static ScalarHead head(Peers peers, RandomKey key, String name) {
      ParameterScope scope = ParameterScope.root(peers.workspace, key).child(name);
      return new ScalarHead(scope, PolicyStep.model().width());
    }

    private TorchDecoder torch(Peers peers, Decoder decoder) {
      return new TorchDecoder(peers, decoder.config(), decoder.parameters(), step.time());
    }

    private static List<NDArray> torch(Peers peers, ScalarHead head) {
      return head.parameters().stream().map(peers::learned).toList();
    }

    /** {@return the figures of a step of ours} */
    Map<String, Double> run(Reward watched, Path journal) {
      Journal log = new Journal(journal);
      new PolicyOptimization(step.algorithm(), watched, sampler, step.config())
          .train(policy, reference, PolicyStep.texts(), "step", log, KEY);
      return log.entries().getFirst().metrics();
    }
  }

  static Work work(String kernel) {
    return step(kernel).work();
  }

  private static PolicyStep step(String kernel) {
    return switch (kernel) {
      case "ppo" -> PolicyStep.ppo();
      case "grpo" -> PolicyStep.grpo();
      default -> throw new IllegalArgumentException("no step of " + kernel);
    };
  }

  @Override
  @Setup(Level.Trial)
  public void setUp() {
    peers = new Peers(threads);
    ppo = new Sides(peers, PolicyStep.ppo());
    grpo = new Sides(peers, PolicyStep.grpo());
    try {
      folder = Files.createTempDirectory("policy");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a folder for journals", e);
    }
  }

  @Override
  @TearDown(Level.Trial)
  public void tearDown() {
    Folders.remove(folder);
    peers.close();
  }

  @Benchmark
  public Map<String, Double> ppoOurs() {
    return quietly(ppo);
  }

  @Benchmark
  public Map<String, Double> ppoLibtorch() {
    return ppo.torch.run(ppo.step.promptIds(), KEY.child(0));
  }

  @Benchmark
  public Map<String, Double> grpoOurs() {
    return quietly(grpo);
  }

  @Benchmark
  public Map<String, Double> grpoLibtorch() {
    return grpo.torch.run(grpo.step.promptIds(), KEY.child(0));
  }

  private Map<String, Double> quietly(Sides sides) {
    PrintStream shown = System.err;
    System.setErr(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    try {
      return sides.run(sides.reward, folder.resolve("journal-" + calls++));
    } finally {
      System.setErr(shown);
    }
  }
}
