package org.rlhf4j.rlhf.feedback;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.nn.Mode;
import org.rlhf4j.rlhf.LogSpace;
import org.rlhf4j.rlhf.data.ChatTemplate;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.transformer.Decoder;
import org.rlhf4j.transformer.TokenBatch;

/**
 * A question with two possible answers, put to a language model. Its answer is not sampled but read
 * off the logits: as a probability it is exact, and the same each time.
 *
 * @param pool where intermediates live, on the decoder's backend
 */
public record Question(Decoder decoder, ChatTemplate template, Pool pool) {
  /**
   * {@return P(one) / (P(one) + P(other)) = sigmoid(logit(one) - logit(other)) of what the model
   * would say next}
   *
   * @param one begins with another token than {@code other}; only the first token counts
   * @throws IllegalArgumentException if both begin with the same token
   */
  public double probability(String question, String one, String other) {
    int first = firstToken(one);
    int second = firstToken(other);
    if (first == second) {
      throw new IllegalArgumentException(
          "'%s' and '%s' begin with the same token %d; take other words"
              .formatted(one, other, first));
    }
    int[] prompt = template.prompt(question);
    try (Tape tape = Tape.noGrad(pool)) {
      TokenBatch tokens = new TokenBatch(prompt, new int[1]);
      Variable hidden = decoder.hidden(tape, tokens, Mode.EVALUATION);
      double[] logits =
          decoder.logits(hidden.slice(1, prompt.length - 1, prompt.length)).value().toDoubles();
      return LogSpace.sigmoid(logits[first] - logits[second]);
    }
  }

  private int firstToken(String answer) {
    int[] tokens = template.tokenizer().encodeContinuation(answer);
    if (tokens.length == 0) {
      throw new IllegalArgumentException("an answer must not be empty");
    }
    return tokens[0];
  }
}
