package org.rlhf4j.rlhf.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.Constants;
import org.rlhf4j.rlhf.data.Dialogue;
import org.rlhf4j.rlhf.data.DialogueBatch;
import org.rlhf4j.rlhf.instruct.NextToken;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.transformer.Columns;
import org.rlhf4j.transformer.Decoder;

/** How likely a decoder finds the completions of dialogues. */
public final class Likelihoods {
  private Likelihoods() {}

  /** {@return log-probabilities of the next tokens, {@code [batch, time - 1]}, masked to 0} */
  public static Variable tokens(
      Tape tape, Decoder decoder, DialogueBatch batch, double temperature, Mode mode) {
    Columns predicting = batch.predicting();
    Variable logits = decoder.logits(decoder.hidden(tape, batch.tokens(), predicting, mode));
    return Constants.masked(
        "logprobs",
        NextToken.logprobs(logits, batch.ids(), predicting, temperature),
        batch.predicted());
  }

  /** {@return log-probabilities of whole completions, end token included, {@code [batch]}} */
  public static Variable sequences(Tape tape, Decoder decoder, DialogueBatch batch, Mode mode) {
    return tokens(tape, decoder, batch, 1, mode).sum(1).reshape(batch.ids().length);
  }

  /**
   * {@return log-probabilities of the completions' tokens, {@code [dialogue][token]}, no gradient}
   */
  public static List<double[]> ofCompletions(
      Decoder decoder, List<Dialogue> dialogues, double temperature, Pool pool, int batchSize) {
    List<double[]> all = new ArrayList<>();
    for (int from = 0; from < dialogues.size(); from += batchSize) {
      List<Dialogue> part = dialogues.subList(from, Math.min(dialogues.size(), from + batchSize));
      DialogueBatch batch = DialogueBatch.of(part);
      try (Tape tape = Tape.noGrad(pool)) {
        double[] flat =
            tokens(tape, decoder, batch, temperature, Mode.EVALUATION).value().toDoubles();
        int time = batch.ids()[0].length - 1;
        for (int i = 0; i < part.size(); i++) {
          int begin = i * time + part.get(i).prompt().length - 1;
          int length = part.get(i).completion().length;
          all.add(Arrays.copyOfRange(flat, begin, begin + length));
        }
      }
    }
    return all;
  }
}
