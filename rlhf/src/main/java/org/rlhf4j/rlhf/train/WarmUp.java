package org.rlhf4j.rlhf.train;

import java.util.List;
import java.util.stream.IntStream;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.autograd.op.CrossEntropy;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.nn.Schedule;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.TokenBatch;

/**
 * Shows the JVM's compiler the kernels of training while the data are made ready: a thread trains a
 * small decoder of one layer on a backend of its own, until closed. Before a kernel is compiled, a
 * vector operation is an object and a call, and a step takes a hundred times as long.
 */
public final class WarmUp implements AutoCloseable {
  private static final DecoderConfig MODEL = DecoderConfig.llama(64, 32, 64, 1, 4, 4, 176);
  private static final int ROWS = 2;

  private volatile boolean enough;

  /**
   * Begins.
   *
   * @param training the backend that will train; only the simd backend's kernels need compiling
   */
  public WarmUp(Backend training) {
    enough = !training.name().equals("simd");
    Thread.ofPlatform().daemon().name("warm-up").start(this::train);
  }

  private void train() {
    if (enough) {
      return;
    }
    int[] ids = IntStream.range(0, ROWS * MODEL.contextLength()).map(i -> i % 61).toArray();
    TokenBatch batch = new TokenBatch(ids, new int[ROWS]);
    try (Backend backend = Backends.open("simd", 1);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      Decoder decoder = new Decoder(ParameterScope.root(workspace, new RandomKey(0)), MODEL);
      Trainer trainer =
          new Trainer(
              decoder.parameters(),
              AdamW.Config.PRETRAINING,
              Schedule.constant(1e-3),
              1,
              workspace);
      while (!enough) {
        trainer.step(List.of(batch), new Prediction(decoder));
      }
    }
  }

  private record Prediction(Decoder decoder) implements Objective<TokenBatch> {
    @Override
    public Totals totals(TokenBatch batch) {
      return new Totals(batch.batch(), batch.ids().length);
    }

    @Override
    public LossOutput loss(Tape tape, TokenBatch batch, Totals totals) {
      Variable hidden = decoder.hidden(tape, batch, Mode.EVALUATION);
      return new LossOutput("nll", CrossEntropy.of(decoder.logits(hidden), batch.ids()));
    }
  }

  /** Ends after the step that is being taken. */
  @Override
  public void close() {
    enough = true;
  }
}
