package org.rlhf4j.rlhf.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.Tiny;

class FineTuningTest {
  private static final List<Dialogue> EXAMPLES =
      List.of(
          new Dialogue(new int[] {1, 2}, new int[] {3, 4}),
          new Dialogue(new int[] {1}, new int[] {5}),
          new Dialogue(new int[] {1, 6, 2}, new int[] {7, 8, 3}),
          new Dialogue(new int[] {1}, new int[] {6, 3}),
          new Dialogue(new int[] {1, 1}, new int[] {2}));

  @TempDir private Path folder;

  private Journal tune(FineTuning tuning) throws Exception {
    Journal journal = new Journal(folder.resolve("metrics.jsonl"));
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder policy = Tiny.decoder(Tiny.LLAMA, workspace);
          tuning.train(policy, EXAMPLES, pool, "sft", journal, new RandomKey(2));
        });
    return journal;
  }

  @Test
  void everyPassTakesEveryExampleOnce() throws Exception {
    Passes.assertShuffled(tune(new FineTuning(20, 1, Passes.NO_RATE)), "nll", 5, 4);
  }

  /** Batches of 2, 2 and 1 are a pass: the fourth step begins another, and is the last. */
  @Test
  void itTakesAsManyStepsAsWereAsked() throws Exception {
    assertEquals(4, tune(new FineTuning(4, 2, 1e-3)).entries().size());
  }

  @Test
  void theLearningRateRisesForATwentiethAndFalls() throws Exception {
    Passes.assertCosine(tune(new FineTuning(60, 1, 1e-3)), 1e-3, 3);
  }

  /** 2 to 6 tokens an example: packed into rows of 7, the steps are those of padded batches. */
  @Test
  void packedExamplesAreTheSameSteps() throws Exception {
    Tiny.on(
        "reference",
        (pool, workspace) -> {
          Decoder padded = Tiny.decoder(Tiny.LLAMA, workspace);
          Decoder packed = padded.copy(workspace);
          Journal journal = new Journal(folder.resolve("metrics.jsonl"));
          new FineTuning(6, 4, 1e-2)
              .train(padded, EXAMPLES, pool, "padded", journal, new RandomKey(2));
          new FineTuning(6, 4, 1e-2, 7)
              .train(packed, EXAMPLES, pool, "packed", journal, new RandomKey(2));
          for (int step = 0; step < 6; step++) {
            assertEquals(
                journal.entries().get(step).metrics().get("nll"),
                journal.entries().get(6 + step).metrics().get("nll"),
                1e-9);
          }
          for (int i = 0; i < padded.parameters().size(); i++) {
            assertArrayEquals(
                padded.parameters().get(i).value().toDoubles(),
                packed.parameters().get(i).value().toDoubles(),
                1e-9);
          }
        });
  }

  @Test
  void nothingToImitateIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            Tiny.on(
                "reference",
                (pool, workspace) ->
                    new FineTuning(1, 1, 1)
                        .train(
                            Tiny.decoder(Tiny.LLAMA, workspace),
                            List.of(),
                            pool,
                            "sft",
                            new Journal(folder.resolve("metrics.jsonl")),
                            new RandomKey(1))));
  }
}
