package org.rlhf4j.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.rlhf4j.transformer.DecoderConfig;

/**
 * A training step of llm.c does the same arithmetic as ours: step for step it has our loss. Needs
 * its program, {@code train_gpt2}, on the path or named by {@code -Dtrain_gpt2=PROGRAM}; is skipped
 * where it is absent.
 */
class LlmcTest {
  private static final int STEPS = 6;

  @Test
  @EnabledIf("org.rlhf4j.bench.Llmc#isFound")
  void llmcHasOurLosses() {
    DecoderConfig config = DecoderConfig.gpt2(300, 96, 64, 3, 4);
    try (Peers peers = new Peers(1)) {
      OurTraining ours =
          new OurTraining(
              peers,
              config,
              Llmc.ADAM_W,
              Llmc.LEARNING_RATE,
              Double.MAX_VALUE,
              Llmc.ROWS,
              Llmc.TIME);
      try (Llmc llmc = Llmc.write(ours.decoder())) {
        List<Llmc.Step> theirs = llmc.steps(STEPS, 1);
        for (int step = 0; step < STEPS; step++) {
          assertEquals(theirs.get(step).loss(), ours.step(), 2e-5, "step " + step);
        }
      }
    }
  }
}
