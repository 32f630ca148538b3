package org.rlhf4j.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
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

/** The peer of a training step does the same arithmetic: step for step it has our loss. */
class TorchTrainingTest {
  private static final int ROWS = 3;
  private static final int TIME = 20;

  @Test
  void llamaHasOurLosses() {
    compare(
        DecoderConfig.llama(50, TIME, 32, 2, 4, 4, 48).withRotaryLayout(RotaryLayout.HALVES), 2e-5);
  }

  /** libtorch's GELU is the form with erf, which differs from ours by up to 5e-4. */
  @Test
  void gpt2HasOurLosses() {
    compare(DecoderConfig.gpt2(50, TIME, 32, 2, 4), 1e-3);
  }

  private static void compare(DecoderConfig config, double tolerance) {
    int[] ids = IntStream.range(0, ROWS * TIME).map(i -> i * 31 % 50).toArray();
    int[] targets = IntStream.range(0, ROWS * TIME).map(i -> i * i % 50).toArray();
    try (Peers peers = new Peers(1)) {
      Decoder decoder = new Decoder(ParameterScope.root(peers.workspace, new RandomKey(1)), config);
      AdamW optimizer = new AdamW(AdamW.Config.PRETRAINING, decoder.parameters(), peers.workspace);
      TorchTraining torch =
          new TorchTraining(peers, new TorchDecoder(peers, config, decoder.parameters(), TIME));
      NDArray torchIds = peers.torch.create(longs(ids)).reshape(ROWS, TIME);
      NDArray torchTargets = peers.torch.create(longs(targets)).reshape(ROWS, TIME, 1);
      for (int step = 0; step < 4; step++) {
        try (Tape tape = Tape.recording(peers.pool())) {
          TokenBatch batch = new TokenBatch(ids, new int[ROWS]);
          Variable hidden = decoder.hidden(tape, batch, Mode.EVALUATION);
          Variable loss = CrossEntropy.of(decoder.logits(hidden), targets);
          tape.backward(loss);
          GradientNorm norm = new GradientNorm(decoder.parameters(), 1, tape.workspace());
          optimizer.step(1e-3, norm);
          assertEquals(loss.item(), torch.step(torchIds, torchTargets), tolerance, "step " + step);
        }
      }
    }
  }

  private static long[] longs(int[] values) {
    return Arrays.stream(values).asLongStream().toArray();
  }
}
