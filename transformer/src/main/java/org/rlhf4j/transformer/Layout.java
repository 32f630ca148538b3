package org.rlhf4j.transformer;

import java.util.Arrays;
import org.rlhf4j.tensor.kernel.Positions;

/**
 * Which columns of a batch belong together. Either each row is one sequence, with padding or
 * without; or there is one row in which several sequences follow each other and none sees another.
 *
 * @param positions of the rows; of each sequence by itself where there are several
 * @param segments lengths of the sequences in a row; a single one, all columns, unless packed
 */
record Layout(Positions positions, int[] segments) {
  static Layout aligned(Positions positions, int time) {
    return new Layout(positions, new int[] {time});
  }

  static Layout packed(int[] lengths) {
    return new Layout(Positions.unpadded(1), lengths);
  }

  int batch() {
    return positions.start().length;
  }

  int time() {
    return Arrays.stream(segments).sum();
  }

  /** {@return how many tokens the longest sequence of a row has, earlier ones included} */
  int longest(int row) {
    return Arrays.stream(segments).map(segment -> positions.of(row, segment)).max().orElseThrow();
  }

  /** {@return the position of every column within its sequence, row-major; negative for padding} */
  int[] positionIds() {
    int[] ids = new int[batch() * time()];
    int i = 0;
    for (int b = 0; b < batch(); b++) {
      for (int segment : segments) {
        for (int t = 0; t < segment; t++) {
          ids[i++] = positions.of(b, t);
        }
      }
    }
    return ids;
  }
}
