package org.rlhf4j.rlhf.train;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.data.DialogueTokens;
import org.rlhf4j.rlhf.instruct.LikelihoodLoss;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.transformer.Decoder;

/** Mean negative log-likelihood of the completions' tokens; prompts are read but not learned. */
public record Imitation(Decoder decoder) implements Objective<DialogueTokens> {
  @Override
  public Totals totals(DialogueTokens batch) {
    return Totals.of(batch.predicted());
  }

  @Override
  public LossOutput loss(Tape tape, DialogueTokens batch, Totals totals) {
    return LikelihoodLoss.apply(
        decoder.logits(batch.hidden(tape, decoder, Mode.EVALUATION)),
        batch.ids(),
        batch.mask(),
        totals);
  }
}
