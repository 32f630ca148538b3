package org.rlhf4j.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.op.TokenLogprobs;
import org.rlhf4j.cuda.driver.EmulatedDriver;
import org.rlhf4j.cuda.driver.RecordedDriver;
import org.rlhf4j.cuda.ptx.Options;
import org.rlhf4j.nn.AdamW;
import org.rlhf4j.nn.GradientNorm;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.nn.ParameterScope;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.DecoderConfig;
import org.rlhf4j.transformer.TokenBatch;

/** How often a training step waits for the device, and what it asks of its memory. */
class StepSynchronizationTest {
  private static final TokenBatch BATCH =
      TokenBatch.padLeft(List.of(new int[] {3, 14, 15, 9}, new int[] {8, 9}), 0);
  private static final int[] TARGETS = {14, 15, 9, 26, -1, -1, 9, 7};

  /** Forward, backward, norm, clip and update, and nothing of it is waited for but the norm. */
  @ParameterizedTest
  @EnumSource
  void aStepWaitsOnceAndFindsItsMemoryInThePool(DecoderConfig.Family family) {
    RecordedDriver recorded = RecordedDriver.around(new EmulatedDriver(Options.checked()));
    try (Backend backend = new CudaBackend("recorded", recorded.driver());
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      DecoderConfig config =
          family == DecoderConfig.Family.LLAMA
              ? DecoderConfig.llama(61, 24, 16, 2, 4, 2, 28)
              : DecoderConfig.gpt2(61, 24, 16, 2, 4);
      Decoder decoder = new Decoder(ParameterScope.root(workspace, new RandomKey(6)), config);
      AdamW optimizer = new AdamW(AdamW.Config.TUNING, decoder.parameters(), workspace);
      step(decoder, optimizer, pool);
      recorded.calls().clear();
      step(decoder, optimizer, pool);
      assertEquals(1, recorded.count("download"), "waits, by copying to the host");
      assertEquals(0, recorded.count("synchronize"), "waits for nothing");
      assertEquals(0, recorded.count("allocate"), "a second step lives in the memory of the first");
      assertEquals(0, recorded.count("free"), "freeing waits for the device");
      assertEquals(0, recorded.count("load"), "modules are loaded once");
      assertTrue(recorded.count("launch") > 50, recorded.count("launch") + " launches");
    }
  }

  private static void step(Decoder decoder, AdamW optimizer, Pool pool) {
    try (Tape tape = Tape.recording(pool);
        Workspace ofStep = new Workspace(pool)) {
      tape.backward(
          TokenLogprobs.of(decoder.logits(decoder.hidden(tape, BATCH, Mode.EVALUATION)), TARGETS)
              .sum()
              .mul(-1.0 / 6));
      GradientNorm norm = new GradientNorm(decoder.parameters(), 1, ofStep);
      assertTrue(Double.isFinite(norm.value()), "the gradient");
      optimizer.step(1e-3, norm);
    }
  }
}
