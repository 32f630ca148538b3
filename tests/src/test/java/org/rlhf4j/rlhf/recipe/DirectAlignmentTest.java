package org.rlhf4j.rlhf.recipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.direct.Dpo;
import org.rlhf4j.rlhf.train.Likelihoods;
import org.rlhf4j.transformer.Decoder;

class DirectAlignmentTest {
  @Test
  void separatesThePairs() throws Exception {
    TinyRun.with(
        TinyRun.config(),
        TinyRun.colours(3),
        run -> {
          Decoder reference = TinyRun.decoder(run);
          double[] before = reference.parameters().getFirst().value().toDoubles();
          PreferencePair pair =
              new PreferencePair(
                  TinyRun.answer(run.task(), "red green"), TinyRun.answer(run.task(), "blue"));
          Dpo dpo = new Dpo(0.5);

          Decoder policy = DirectAlignment.run(run, reference, Collections.nCopies(48, pair), dpo);

          assertArrayEquals(before, reference.parameters().getFirst().value().toDoubles());
          double gained =
              logprob(run, policy, pair.chosen()) - logprob(run, reference, pair.chosen());
          double lost =
              logprob(run, policy, pair.rejected()) - logprob(run, reference, pair.rejected());
          assertTrue(
              gained - lost > 0.2, gained + " for the chosen, " + lost + " for the rejected");
        });
  }

  /** 48 pairs in batches of 16; the 16 that are kept apart are not among them. */
  @Test
  void heldOutPairsAreNotLearned() throws Exception {
    TinyRun.with(
        TinyRun.config(),
        TinyRun.colours(3),
        run -> {
          PreferencePair pair =
              new PreferencePair(
                  TinyRun.answer(run.task(), "red"), TinyRun.answer(run.task(), "blue"));
          DirectAlignment.run(
              run, TinyRun.decoder(run), Collections.nCopies(64, pair), new Dpo(0.5));
          assertEquals(3, run.journal().entries().size());
        });
  }

  private static double logprob(Run run, Decoder decoder, Dialogue dialogue) {
    return Rows.sum(
        Likelihoods.ofCompletions(decoder, List.of(dialogue), 1, run.pool(), 1).getFirst());
  }
}
