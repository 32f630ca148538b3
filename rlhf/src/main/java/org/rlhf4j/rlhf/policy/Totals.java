package org.rlhf4j.rlhf.policy;

import org.rlhf4j.rlhf.Rows;

/**
 * What an average divides by. Known before any forward pass, so that a batch which is cut into
 * micro-batches is averaged as the whole: every micro-batch divides by the totals of all, and their
 * losses and gradients add up to those of one large batch, exactly.
 *
 * @param sequences with at least one unmasked token
 * @param tokens unmasked
 */
public record Totals(int sequences, int tokens) {
  public Totals {
    if (sequences < 1 || tokens < sequences) {
      throw new IllegalArgumentException(
          "a loss needs at least one unmasked token, got "
              + tokens
              + " tokens in "
              + sequences
              + " sequences");
    }
  }

  /**
   * Counts a batch.
   *
   * @throws IllegalArgumentException if every position is masked
   */
  public static Totals of(boolean[][] mask) {
    int sequences = 0;
    for (boolean[] row : mask) {
      sequences += Rows.count(row) > 0 ? 1 : 0;
    }
    return new Totals(sequences, Rows.count(mask));
  }

  /** {@return the totals of two micro-batches together} */
  public Totals plus(Totals other) {
    return new Totals(sequences + other.sequences, tokens + other.tokens);
  }
}
