package org.rlhf4j.rlhf.instruct;

import java.util.Arrays;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.autograd.op.TokenLogprobs;
import org.rlhf4j.rlhf.Equation;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.transformer.Columns;

/**
 * The shift by one that every language-model loss needs: the logits at time t are a prediction of
 * token t + 1. Everything that belongs to a predicted token (ids, masks, advantages) is cut in
 * front, the logits at the end; all results here are [batch, time - 1].
 */
public final class NextToken {
  private NextToken() {}

  /**
   * Log-probabilities of the tokens that came, log P(x_{t+1} | x_{<= t}). Reinforcement learning
   * must score samples at the temperature they were drawn at; a greedy sample has no
   * log-probability, so the temperature is positive.
   *
   * @param logits of the whole sequences, [batch, time, vocab]
   * @param ids the sequences, [batch][time]
   * @param temperature that divides the logits; 1 for anything but sampled text
   * @return [batch, time - 1]
   */
  @Equation("llming")
  public static Variable logprobs(Variable logits, int[][] ids, double temperature) {
    if (logits.shape().rank() != 3
        || logits.shape().dim(0) != ids.length
        || logits.shape().dim(1) < 2) {
      throw new IllegalArgumentException(
          "logits must be [batch, time, vocab] with batch "
              + ids.length
              + " and time of at least 2, got "
              + logits.shape());
    }
    int time = logits.shape().dim(1);
    // the last logits predict nothing: ignored, which costs no copy of all others as a slice would
    int[] labels = new int[ids.length * time];
    Arrays.fill(labels, TokenLogprobs.IGNORED);
    for (int i = 0; i < ids.length; i++) {
      Rows.requireSameLength("ids row " + i, ids[i].length, "logits", time);
      System.arraycopy(ids[i], 1, labels, i * time, time - 1);
    }
    return at(temperature, logits).tokenLogprobs(labels).slice(1, 0, time - 1);
  }

  /**
   * The same where the logits of some columns are known only; the log-probabilities of all other
   * columns are 0.
   *
   * @param logits of these columns, [batch, columns, vocab]
   * @param ids the whole sequences, [batch][time]
   * @param columns none of which is the last of the sequences, which predicts nothing
   * @return [batch, time - 1]
   */
  public static Variable logprobs(
      Variable logits, int[][] ids, Columns columns, double temperature) {
    int count = columns.count();
    int[] labels = new int[ids.length * count];
    for (int i = 0; i < ids.length; i++) {
      Rows.requireSameLength("ids row " + i, ids[i].length, "ids row 0", ids[0].length);
      System.arraycopy(ids[i], columns.from() + 1, labels, i * count, count);
    }
    return columns.placed(at(temperature, logits).tokenLogprobs(labels), ids[0].length - 1);
  }

  private static Variable at(double temperature, Variable logits) {
    if (!(temperature > 0)) {
      throw new IllegalArgumentException("temperature must be positive, got " + temperature);
    }
    return temperature == 1 ? logits : logits.mul(1 / temperature);
  }

  /** {@return what belongs to the predicted tokens of a mask over whole sequences} */
  public static boolean[][] labels(boolean[][] mask) {
    boolean[][] shifted = new boolean[mask.length][];
    for (int i = 0; i < mask.length; i++) {
      shifted[i] = Arrays.copyOfRange(mask[i], 1, mask[i].length);
    }
    return shifted;
  }

  /**
   * Marks the tokens that the model wrote, from lengths and not from ids: a padding token that is
   * also the EOS token must not hide the EOS that ends the answer.
   *
   * @param promptLengths tokens of each prompt, which come first
   * @param lengths tokens of each prompt and answer together, EOS included
   * @param time of the batch; what follows is padding
   * @return true at the tokens of the answers, [batch][time]
   */
  public static boolean[][] completionMask(int[] promptLengths, int[] lengths, int time) {
    Rows.requireSameLength("promptLengths", promptLengths.length, "lengths", lengths.length);
    boolean[][] mask = new boolean[lengths.length][time];
    for (int i = 0; i < lengths.length; i++) {
      if (promptLengths[i] < 0 || promptLengths[i] > lengths[i] || lengths[i] > time) {
        throw new IllegalArgumentException(
            "sequence "
                + i
                + " needs 0 <= prompt <= length <= time, got prompt "
                + promptLengths[i]
                + ", length "
                + lengths[i]
                + ", time "
                + time);
      }
      Arrays.fill(mask[i], promptLengths[i], lengths[i], true);
    }
    return mask;
  }

  /**
   * {@return the number of the prompt's tokens, after checking that the tokenizer saw the same
   * prompt in both} A prompt that is tokenized by itself need not be a prefix of prompt and answer,
   * and a chat template that writes a BOS of its own gives two.
   *
   * @param prompt ids of the prompt alone
   * @param sequence ids of prompt and answer
   * @param beginningOfSequence the id that may stand at the start, and nowhere else
   */
  public static int promptLength(int[] prompt, int[] sequence, int beginningOfSequence) {
    if (prompt.length > sequence.length
        || !Arrays.equals(prompt, Arrays.copyOf(sequence, prompt.length))) {
      throw new IllegalArgumentException(
          "the prompt's tokens are no prefix of those of prompt and answer; tokenize the answer"
              + " apart and append it");
    }
    for (int t = 1; t < sequence.length; t++) {
      if (sequence[t] == beginningOfSequence) {
        throw new IllegalArgumentException(
            "token " + t + " is a second beginning of the sequence; add it in one place only");
      }
    }
    return prompt.length;
  }
}
