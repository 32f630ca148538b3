package org.rlhf4j.rlhf.recipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.online.Sample;
import org.rlhf4j.rlhf.train.Imitation;
import org.rlhf4j.rlhf.train.Passes;
import org.rlhf4j.transformer.Decoder;

class InstructionTuningTest {
  /** The loss is worked out again from the logits, over the completions' tokens alone. */
  @Test
  void promptAndPaddingAreReadButNotLearned() throws Exception {
    TinyRun.with(
        TinyRun.config(),
        TinyRun.colours(2),
        run -> {
          Decoder decoder = TinyRun.decoder(run);
          List<Dialogue> dialogues =
              List.of(TinyRun.answer(run.task(), "red green"), TinyRun.answer(run.task(), "blue"));
          DialogueBatch batch = DialogueBatch.of(dialogues);
          try (Tape tape = Tape.noGrad(run.pool())) {
            double[] logits =
                decoder
                    .logits(decoder.hidden(tape, batch.tokens(), Mode.EVALUATION))
                    .value()
                    .toDoubles();
            double expected = 0;
            int count = 0;
            for (int b = 0; b < 2; b++) {
              int prompt = dialogues.get(b).prompt().length;
              for (int t = prompt; t < dialogues.get(b).length(); t++) {
                int row = (b * batch.ids()[0].length + t - 1) * decoder.config().vocabularySize();
                expected -= logprob(logits, row, batch.ids()[b][t]);
                count++;
              }
            }
            assertEquals(5, count);
            double loss =
                new Imitation(decoder)
                    .loss(tape, batch, new Imitation(decoder).totals(batch))
                    .loss()
                    .item();
            assertEquals(expected / count, loss, 1e-5);
          }
        });
  }

  private static double logprob(double[] logits, int row, int id) {
    double sum = 0;
    for (int v = 0; v < TinyRun.WORDS.vocabularySize(); v++) {
      sum += Math.exp(logits[row + v]);
    }
    return logits[row + id] - Math.log(sum);
  }

  @Test
  void learnsToAnswerAndToStop() throws Exception {
    TinyRun.with(
        TinyRun.config(),
        TinyRun.colours(2),
        run -> {
          Decoder base = TinyRun.decoder(run);
          double[] before = base.parameters().getFirst().value().toDoubles();
          Decoder policy = base;
          for (int pass = 0; pass < 40; pass++) {
            policy = InstructionTuning.run(run, policy);
          }
          List<Sample> samples =
              run.sampler().sample(policy, Collections.nCopies(64, "go"), run.key().child("test"));
          long right =
              samples.stream()
                  .map(s -> TinyRun.WORDS.decode(s.dialogue().completion()))
                  .filter(List.of("red green", "blue", "red")::contains)
                  .count();
          assertTrue(right >= 60, right + " of 64 answers are such as were shown");
          assertArrayEquals(before, base.parameters().getFirst().value().toDoubles());
        });
  }

  /** One pass over 96 examples in batches of 16, the first step at the full rate. */
  @Test
  void theLearningRateFallsFromTheFirstStep() throws Exception {
    TinyRun.with(
        TinyRun.config(),
        TinyRun.colours(3),
        run -> {
          InstructionTuning.run(run, TinyRun.decoder(run));
          assertEquals(6, run.journal().entries().size());
          Passes.assertCosine(run.journal(), 5e-3, 0);
        });
  }
}
