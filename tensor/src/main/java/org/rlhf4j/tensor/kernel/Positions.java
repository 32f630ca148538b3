package org.rlhf4j.tensor.kernel;

import org.rlhf4j.tensor.Check;

/**
 * Where the tokens of a batch stand. Row b of a left-padded batch begins at column {@code
 * start[b]}; the first column of the queries is column {@code offset} of the sequence (0 in
 * training, the number of cached columns in generation). The token in query column t has position
 * {@code offset + t - start[b]}, negative for padding.
 *
 * @param start first real column of each row, {@code [batch]}
 * @param offset column of the first query
 */
public record Positions(int[] start, int offset) {
  public Positions {
    Check.notNegative("offset", offset);
    for (int b = 0; b < start.length; b++) {
      if (start[b] < 0) { // a name made for every row costs more than a row
        Check.notNegative("start[" + b + "]", start[b]);
      }
    }
  }

  /** {@return positions of a batch without padding} */
  public static Positions unpadded(int batch) {
    return new Positions(new int[batch], 0);
  }

  /** {@return the position of query column {@code t} in row {@code b}; negative for padding} */
  public int of(int b, int t) {
    return offset + t - start[b];
  }
}
