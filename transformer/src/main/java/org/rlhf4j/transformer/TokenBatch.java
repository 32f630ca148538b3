package org.rlhf4j.transformer;

import java.util.Arrays;
import java.util.List;
import org.rlhf4j.tensor.Check;

/**
 * A rectangle of token ids. Padding on the left is told by {@code start}, which moves positions and
 * is never attended to; padding on the right needs nothing but a loss that ignores it, since a
 * causal model never looks ahead.
 *
 * @param ids row-major, {@code [batch, time]}
 * @param start first real column of each row, {@code [batch]}
 */
public record TokenBatch(int[] ids, int[] start) {
  public TokenBatch {
    if (start.length == 0 || ids.length == 0 || ids.length % start.length != 0) {
      throw new IllegalArgumentException(
          "%d ids do not fill a rectangle of %d rows".formatted(ids.length, start.length));
    }
    int time = ids.length / start.length;
    for (int s : start) {
      Check.range("start", s, 0, time);
    }
  }

  public int batch() {
    return start.length;
  }

  public int time() {
    return ids.length / start.length;
  }

  /** {@return sequences with padding on the right, for training} */
  public static TokenBatch padRight(List<int[]> sequences, int padding) {
    int time = longest(sequences);
    int[] ids = new int[sequences.size() * time];
    Arrays.fill(ids, padding);
    for (int b = 0; b < sequences.size(); b++) {
      int[] sequence = sequences.get(b);
      System.arraycopy(sequence, 0, ids, b * time, sequence.length);
    }
    return new TokenBatch(ids, new int[sequences.size()]);
  }

  /** {@return sequences with padding on the left, for generation} */
  public static TokenBatch padLeft(List<int[]> sequences, int padding) {
    int time = longest(sequences);
    int[] ids = new int[sequences.size() * time];
    Arrays.fill(ids, padding);
    int[] start = new int[sequences.size()];
    for (int b = 0; b < start.length; b++) {
      int[] sequence = sequences.get(b);
      start[b] = time - sequence.length;
      System.arraycopy(sequence, 0, ids, b * time + start[b], sequence.length);
    }
    return new TokenBatch(ids, start);
  }

  private static int longest(List<int[]> sequences) {
    return sequences.stream()
        .mapToInt(sequence -> sequence.length)
        .max()
        .orElseThrow(() -> new IllegalArgumentException("a batch needs at least one sequence"));
  }
}
