package org.rlhf4j.rlhf.policy;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Constants;
import org.rlhf4j.rlhf.Rows;

/**
 * How the losses of tokens become the loss of a batch: a weight for every token. Which one is
 * chosen decides whether long answers count more, as much, or less (per token) than short ones.
 *
 * <p>A row without unmasked tokens has weight 0 everywhere and is not counted as a sequence.
 */
public sealed interface Aggregation {
  /**
   * {@return weight of each unmasked token of a row}
   *
   * @param tokens unmasked tokens of the row, at least 1
   * @param totals of the whole batch, over all micro-batches
   */
  double weight(int tokens, Totals totals);

  /**
   * {@return weights w such that loss = sum_it w_it l_it; 0 where masked, [batch][time]}
   *
   * @param mask true where a token counts, [batch][time]
   * @param totals of the whole batch, over all micro-batches
   */
  default double[][] weights(boolean[][] mask, Totals totals) {
    double[][] weights = new double[mask.length][];
    for (int i = 0; i < mask.length; i++) {
      weights[i] = new double[mask[i].length];
      int tokens = Rows.count(mask[i]);
      for (int t = 0; t < mask[i].length; t++) {
        if (mask[i][t]) {
          weights[i][t] = weight(tokens, totals);
        }
      }
    }
    return weights;
  }

  /** The weights of a batch that is not cut into micro-batches. */
  default double[][] weights(boolean[][] mask) {
    return weights(mask, Totals.of(mask));
  }

  /**
   * {@return sum_it w_it l_it, one number; what the losses hold where masked does not matter}
   *
   * @param losses of tokens, [batch, time]
   */
  default Variable reduce(Variable losses, boolean[][] mask, Totals totals) {
    Variable weights = Constants.of(losses.tape(), "weights", weights(mask, totals), mask);
    return Constants.masked("losses", losses, mask).mul(weights).sum();
  }

  /**
   * mean over sequences of the mean over tokens, 1 / (B |y_i|). GRPO as published; TRL "grpo".
   * Tokens of long answers count less.
   */
  record SequenceMean() implements Aggregation {
    @Override
    public double weight(int tokens, Totals totals) {
      return 1.0 / totals.sequences() / tokens;
    }
  }

  /**
   * mean over all tokens, 1 / sum_i |y_i|. DAPO; the default of TRL, verl and OpenRLHF. With totals
   * of all micro-batches it is TRL's "dapo", with those of one it is "bnpo".
   */
  record TokenMean() implements Aggregation {
    @Override
    public double weight(int tokens, Totals totals) {
      return 1.0 / totals.tokens();
    }
  }

  /**
   * sum over tokens divided by a constant length, mean over sequences, 1 / (B L). Dr. GRPO: the
   * gradient does not depend on how long answers happen to be.
   *
   * @param length L, the largest length an answer may have
   */
  record FixedLength(int length) implements Aggregation {
    public FixedLength {
      if (length < 1) {
        throw new IllegalArgumentException("length must be positive, got " + length);
      }
    }

    @Override
    public double weight(int tokens, Totals totals) {
      return 1.0 / totals.sequences() / length;
    }
  }

  /** mean over sequences of the sum over tokens, 1 / B: the policy gradient as derived. */
  record SequenceSum() implements Aggregation {
    @Override
    public double weight(int tokens, Totals totals) {
      return 1.0 / totals.sequences();
    }
  }
}
