package org.rlhf4j.tensor.simd;

import static jdk.incubator.vector.VectorOperators.F2D;
import static org.rlhf4j.tensor.simd.Lanes.D;
import static org.rlhf4j.tensor.simd.Lanes.DOUBLE_LANES;
import static org.rlhf4j.tensor.simd.Lanes.HALF;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.Vector;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.Broadcast;

/** Sums in double precision, in a fixed order: whole blocks one after the other. */
final class SimdSums {
  private final Parallel parallel;

  SimdSums(Parallel parallel) {
    this.parallel = parallel;
  }

  /** y += x summed over every axis where y is 1; over all when y is a scalar. */
  void addSum(Tensor x, Tensor y) {
    if (y.size() == 1) {
      y.floats()[0] += (float) total(x, SimdSums::sum);
    } else if (x.size() > 0 && y.shape().columns() == x.shape().columns()) {
      addColumns(x, y);
    } else if (x.size() > 0) {
      addRows(x, y);
    }
  }

  /** What is added up of the elements {@code from} to {@code to - 1}. */
  interface Block {
    double sum(float[] x, int from, int to);
  }

  /** {@return the sum of a function over all elements, block by block} */
  double total(Tensor x, Block block) {
    float[] in = x.floats();
    int blocks = Math.ceilDiv(x.size(), Parallel.BLOCK);
    double[] sums = parallel.scratch().doubles(blocks);
    parallel.elements(
        x.size(),
        1,
        (from, to) -> {
          for (int first = from; first < to; first += Parallel.BLOCK) {
            sums[first / Parallel.BLOCK] =
                block.sum(in, first, Math.min(to, first + Parallel.BLOCK));
          }
        });
    double total = 0;
    for (int i = 0; i < blocks; i++) {
      total += sums[i];
    }
    return total;
  }

  /** Four vectors of sums: one would wait for its own last addition. */
  static double sum(float[] x, int from, int to) {
    DoubleVector s0 = DoubleVector.zero(D);
    DoubleVector s1 = s0;
    DoubleVector s2 = s0;
    DoubleVector s3 = s0;
    int i = from;
    for (; i <= to - 4 * DOUBLE_LANES; i += 4 * DOUBLE_LANES) {
      s0 = s0.add(FloatVector.fromArray(HALF, x, i).convertShape(F2D, D, 0));
      s1 = s1.add(FloatVector.fromArray(HALF, x, i + DOUBLE_LANES).convertShape(F2D, D, 0));
      s2 = s2.add(FloatVector.fromArray(HALF, x, i + 2 * DOUBLE_LANES).convertShape(F2D, D, 0));
      s3 = s3.add(FloatVector.fromArray(HALF, x, i + 3 * DOUBLE_LANES).convertShape(F2D, D, 0));
    }
    double rest = 0;
    for (; i < to; i++) {
      rest += x[i];
    }
    return Lanes.sum(s0.add(s1).add(s2.add(s3))) + rest;
  }

  static double sumOfSquares(float[] x, int from, int to) {
    DoubleVector s0 = DoubleVector.zero(D);
    DoubleVector s1 = s0;
    DoubleVector s2 = s0;
    DoubleVector s3 = s0;
    int i = from;
    for (; i <= to - 4 * DOUBLE_LANES; i += 4 * DOUBLE_LANES) {
      Vector<Double> x0 = FloatVector.fromArray(HALF, x, i).convertShape(F2D, D, 0);
      Vector<Double> x1 = FloatVector.fromArray(HALF, x, i + DOUBLE_LANES).convertShape(F2D, D, 0);
      Vector<Double> x2 =
          FloatVector.fromArray(HALF, x, i + 2 * DOUBLE_LANES).convertShape(F2D, D, 0);
      Vector<Double> x3 =
          FloatVector.fromArray(HALF, x, i + 3 * DOUBLE_LANES).convertShape(F2D, D, 0);
      s0 = s0.add(x0.mul(x0));
      s1 = s1.add(x1.mul(x1));
      s2 = s2.add(x2.mul(x2));
      s3 = s3.add(x3.mul(x3));
    }
    double rest = 0;
    for (; i < to; i++) {
      rest += (double) x[i] * x[i];
    }
    return Lanes.sum(s0.add(s1).add(s2.add(s3))) + rest;
  }

  /** The last axis stays: rows are added onto rows, each thread for some of the columns. */
  private void addColumns(Tensor x, Tensor y) {
    float[] in = x.floats();
    float[] out = y.floats();
    int n = x.shape().columns();
    int rows = x.size() / n;
    Broadcast toRow = new Broadcast(y.shape(), x.shape());
    int size = y.size();
    double[] sums = parallel.scratch().doubles(size);
    Arrays.fill(sums, 0, size, 0);
    int strip = 8 * DOUBLE_LANES;
    parallel.rows(
        Math.ceilDiv(n, strip),
        Lanes.grain(Math.min(n, strip), rows),
        (low, high) -> {
          int from = low * strip;
          int to = Math.min(n, high * strip);
          for (int r = 0; r < rows; r++) {
            addRow(in, r * n, sums, toRow.index(r * n), from, to);
          }
          for (int first = 0; first < size; first += n) {
            for (int j = first + from; j < first + to; j++) {
              out[j] += (float) sums[j];
            }
          }
        });
  }

  private static void addRow(float[] x, int ix, double[] sums, int is, int from, int to) {
    int j = from;
    for (; j <= to - DOUBLE_LANES; j += DOUBLE_LANES) {
      DoubleVector old = DoubleVector.fromArray(D, sums, is + j);
      old.add(FloatVector.fromArray(HALF, x, ix + j).convertShape(F2D, D, 0))
          .intoArray(sums, is + j);
    }
    for (; j < to; j++) {
      sums[is + j] += x[ix + j];
    }
  }

  /** The last axis is summed: rows first, then the sums of rows that fall on one element. */
  private void addRows(Tensor x, Tensor y) {
    float[] in = x.floats();
    float[] out = y.floats();
    int n = x.shape().columns();
    int rows = x.size() / n;
    // the sums of the elements of y, then those of the rows
    int size = y.size();
    double[] sums = parallel.scratch().doubles(size + rows);
    Arrays.fill(sums, 0, size, 0);
    parallel.rows(
        rows,
        Lanes.grain(n, 1),
        (low, high) -> {
          for (int r = low; r < high; r++) {
            sums[size + r] = sum(in, r * n, (r + 1) * n);
          }
        });
    Broadcast toElement = new Broadcast(y.shape(), x.shape());
    for (int r = 0; r < rows; r++) {
      sums[toElement.index(r * n)] += sums[size + r];
    }
    for (int i = 0; i < size; i++) {
      out[i] += (float) sums[i];
    }
  }
}
