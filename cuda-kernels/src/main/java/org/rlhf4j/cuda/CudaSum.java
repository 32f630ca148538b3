package org.rlhf4j.cuda;

import static org.rlhf4j.cuda.Device.address;

import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;

/**
 * Sums over axes. Summed axes that are neighbours are one launch; others go through scratch memory,
 * the last first. The order of additions depends on the shapes only.
 */
final class CudaSum {
  private static final int PIECES = 256;
  private static final int LONG_ROW = 16_384;

  private final Device device;

  CudaSum(Device device) {
    this.device = device;
  }

  /** y += x summed over every axis where y is 1, over all when y is a scalar. */
  void add(Tensor x, Tensor y) {
    int[] lengths = x.shape().dims();
    long from = address(x);
    boolean other = false;
    for (int last = lengths.length - 1; last >= 0; last--) {
      if (!summed(lengths, y.shape(), last)) {
        continue;
      }
      int first = last;
      while (first > 0 && (summed(lengths, y.shape(), first - 1) || lengths[first - 1] == 1)) {
        first--;
      }
      int outer = product(lengths, 0, first);
      int middle = product(lengths, first, last + 1);
      int inner = product(lengths, last + 1, lengths.length);
      java.util.Arrays.fill(lengths, first, last + 1, 1);
      boolean done = product(lengths, 0, lengths.length) == y.size();
      long to = address(y);
      if (!done) {
        to = zeroed(other ? "sum a" : "sum b", outer * inner);
        other = !other;
      }
      step(from, to, outer, middle, inner);
      if (done) {
        return;
      }
      from = to;
      last = first;
    }
    step(from, address(y), y.size(), 1, 1);
  }

  private static boolean summed(int[] lengths, Shape y, int axis) {
    return lengths[axis] != 1 && (y.rank() == 0 || y.dim(axis) == 1);
  }

  private static int product(int[] lengths, int from, int to) {
    int product = 1;
    for (int axis = from; axis < to; axis++) {
      product *= lengths[axis];
    }
    return product;
  }

  private void step(long from, long to, int outer, int middle, int inner) {
    if (inner == 1) {
      rows(from, to, outer, middle, false);
    } else {
      device.run(
          Grids.columns("sum/1-columns.ptx", "sum_columns", inner, outer)
              .pointer(from)
              .pointer(to)
              .whole(middle)
              .whole(inner));
    }
  }

  /** to[r] += sum over a row, of squares if asked; one long row is cut into pieces first. */
  void rows(long from, long to, int rows, int columns, boolean squares) {
    if (rows == 1 && columns > LONG_ROW) {
      int piece = Math.ceilDiv(Math.ceilDiv(columns, PIECES), 4) * 4;
      int pieces = Math.ceilDiv(columns, piece);
      long partial = zeroed("sum pieces", pieces);
      launch(from, partial, pieces, piece, columns, squares);
      launch(partial, to, 1, pieces, pieces, false);
    } else {
      launch(from, to, rows, columns, rows * columns, squares);
    }
  }

  private void launch(long from, long to, int rows, int columns, int size, boolean squares) {
    device.run(
        Grids.rows("sum/1-rows.ptx", "sum_rows", rows, columns)
            .pointer(from)
            .pointer(to)
            .whole(rows)
            .whole(columns)
            .whole(size)
            .whole(squares ? 1 : 0));
  }

  private long zeroed(String name, int words) {
    long address = device.scratch(name, words);
    device.driver().fill(address, 0, words);
    return address;
  }
}
