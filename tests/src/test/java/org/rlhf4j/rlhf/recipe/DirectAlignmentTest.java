package org.rlhf4j.rlhf.recipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.PreferencePair;
import org.rlhf4j.rlhf.direct.Dpo;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.train.Likelihoods;
import org.rlhf4j.transformer.Decoder;

class DirectAlignmentTest {
  @Test
  void startsAtLogTwoAndSeparatesThePairs() throws Exception {
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
          try (Tape tape = Tape.noGrad(run.pool())) {
            double loss =
                new DirectAlignment.Alignment(reference, reference, dpo)
                    .loss(tape, List.of(pair), new Totals(1, 1))
                    .loss()
                    .item();
            assertEquals(Math.log(2), loss, 1e-6);
          }

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

  private static double logprob(Run run, Decoder decoder, Dialogue dialogue) {
    return Rows.sum(
        Likelihoods.ofCompletions(decoder, List.of(dialogue), 1, run.pool(), 1).getFirst());
  }
}
