package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.rlhf4j.tensor.simd.Gemm.Matrix;

/**
 * Products in which an element of a or b is used a few times only, as in generation: read where
 * they are, without copies.
 *
 * <pre>
 * scalar products              a column of weights, one row      a few terms
 *   a  ----------------          b  ------------------            c  4 vectors of a row
 *      ----------------             ------------------               in registers, summed
 *   b  ----------------             four rows at a time              over all of k
 *      4 by 4 at a time,         c  in the L1 cache
 *      or 1 by 4
 * </pre>
 */
final class GemmThin {
  /** Columns of c that stay in the L1 cache while all of b passes by. */
  private static final int STRIP = 1024;

  /** Whether 16 sums, four rows of b and one of a fit into the vector registers. */
  private static final boolean SQUARES = GemmTile.ROWS == 12;

  /** Elements of b in a block of rows: a quarter of a megabyte, some 3 microseconds. */
  private static final int BLOCK = 1 << 16;

  private final Parallel parallel;
  private float[] sums = new float[0];

  GemmThin(Parallel parallel) {
    this.parallel = parallel;
  }

  /** Whichever of m and n is larger is shared out; its rows are read once for all of the other. */
  void dot(int m, int n, int k, Matrix a, Matrix b, float[] c, int first, boolean accumulate) {
    boolean manyRows = m > n;
    Matrix many = manyRows ? a : b.turned();
    Matrix few = manyRows ? b.turned() : a;
    int count = Math.max(m, n);
    int manyStep = manyRows ? n : 1;
    int fewStep = manyRows ? 1 : n;
    if (Math.min(m, n) == 1) {
      oneRow(count, k, few, many, c, first, accumulate);
      return;
    }
    parallel.rows(
        Math.ceilDiv(count, 4),
        Lanes.grain(4 * k, Math.min(m, n)),
        (low, high) -> {
          float[] sums = parallel.scratch().floats(0, 16 * LANES);
          for (int group = low; group < high; group++) {
            int item = 4 * group;
            int other = 0;
            if (SQUARES && item + 4 <= count) {
              for (; other <= Math.min(m, n) - 4; other += 4) {
                int x = few.index(other, 0);
                int y = many.index(item, 0);
                int ic = first + item * manyStep + other * fewStep;
                Dots.square(k, few, x, many, y, sums);
                Dots.addAcross(k, sums, few, x, many, y, c, ic, fewStep, manyStep, accumulate);
              }
            }
            for (; other < Math.min(m, n); other++) {
              int x = few.index(other, 0);
              int y = many.index(item, 0);
              int ic = first + item * manyStep + other * fewStep;
              if (item + 4 <= count) {
                int stride = many.rowStride();
                Dots.fours(
                    1, k, few.values(), x, many.values(), y, stride, c, ic, manyStep, accumulate);
              } else {
                for (int i = item; i < count; i++, y += many.rowStride(), ic += manyStep) {
                  float sum = Dots.dot(k, few.values(), x, many.values(), y);
                  c[ic] = accumulate ? c[ic] + sum : sum;
                }
              }
            }
          }
        });
  }

  /** c[first + i] = sum_p row[0, p] many[i, p] for i below {@code count}. */
  private void oneRow(
      int count, int k, Matrix row, Matrix many, float[] c, int first, boolean accumulate) {
    float[] x = row.values();
    int ix = row.index(0, 0);
    float[] y = many.values();
    parallel.rows(
        Math.ceilDiv(count, 4),
        Lanes.grain(4 * k, 1),
        (low, high) -> {
          int i = 4 * low;
          int end = Math.min(4 * high, count);
          int groups = (end - i) / 4;
          int iy = many.index(i, 0);
          Dots.fours(groups, k, x, ix, y, iy, many.rowStride(), c, first + i, 1, accumulate);
          for (i += 4 * groups; i < end; i++) {
            float sum = Dots.dot(k, x, ix, y, many.index(i, 0));
            c[first + i] = accumulate ? c[first + i] + sum : sum;
          }
        });
  }

  /** Rows of c as sums of rows of b. */
  void weightedRows(
      int m, int n, int k, Matrix a, Matrix b, float[] c, int first, boolean accumulate) {
    if (m == 1) {
      weightedRow(n, k, a, b, c, first, accumulate);
    } else {
      fewTerms(m, n, k, a, b, c, first, accumulate);
    }
  }

  private void weightedRow(
      int n, int k, Matrix a, Matrix b, float[] c, int first, boolean accumulate) {
    int blocks = (int) Math.ceilDiv((long) n * k, (long) BLOCK);
    if (n > STRIP) {
      byStrips(n, k, a, b, c, first, accumulate);
    } else if (blocks == 1) {
      addRows(0, k, a, b, 0, c, first, n, accumulate);
    } else {
      byBlocks(blocks, n, k, a, b, c, first, accumulate);
    }
  }

  /** Threads have columns of their own, in strips. */
  private void byStrips(
      int n, int k, Matrix a, Matrix b, float[] c, int first, boolean accumulate) {
    // whole vectors; the sums of an element do not depend on where a strip ends
    int strip = LANES * Math.clamp(Math.ceilDiv(n, parallel.threads() * LANES), 1, STRIP / LANES);
    parallel.rows(
        Math.ceilDiv(n, strip),
        Lanes.grain(strip, Math.max(1, k / 4)),
        (low, high) -> {
          for (int item = low; item < high; item++) {
            int j = item * strip;
            int width = Math.min(strip, n - j);
            addRows(0, k, a, b, j, c, first + j, width, accumulate);
          }
        });
  }

  /**
   * Threads have whole rows of b, which lie one after the other, and each block of them sums of its
   * own, which are then added in their order. A thread that had half of each row would read a
   * kilobyte here and there: 1 x 512 x 512 took 28 microseconds on two threads so, and 13 on one.
   */
  private void byBlocks(
      int blocks, int n, int k, Matrix a, Matrix b, float[] c, int first, boolean accumulate) {
    if (sums.length < blocks * n) {
      sums = new float[blocks * n];
    }
    parallel.rows(
        blocks,
        1,
        (low, high) -> {
          for (int block = low; block < high; block++) {
            int from = (int) ((long) k * block / blocks);
            int to = (int) ((long) k * (block + 1) / blocks);
            addRows(from, to, a, b, 0, sums, block * n, n, false);
          }
        });
    if (!accumulate) {
      System.arraycopy(sums, 0, c, first, n);
    }
    for (int block = accumulate ? 0 : 1; block < blocks; block++) {
      SimdElementLoops.addScaled(sums, block * n, 1, c, first, n);
    }
  }

  /**
   * c[ic + j] = sum_p a[p] b[p, left + j] for j below n and p from {@code from} below {@code to}.
   */
  private static void addRows(
      int from,
      int to,
      Matrix a,
      Matrix b,
      int left,
      float[] c,
      int ic,
      int n,
      boolean accumulate) {
    if (!accumulate) {
      Arrays.fill(c, ic, ic + n, 0);
    }
    int p = from;
    for (; p <= to - 4; p += 4) {
      addFour(a, p, b, b.index(p, left), c, ic, n);
    }
    for (; p < to; p++) {
      float weight = a.values()[a.index(0, p)];
      SimdElementLoops.addScaled(b.values(), b.index(p, left), weight, c, ic, n);
    }
  }

  /** c[j] += a[p] b[p, j] + ... + a[p + 3] b[p + 3, j]. */
  private static void addFour(Matrix a, int p, Matrix b, int ib, float[] c, int ic, int n) {
    float[] rows = b.values();
    int i1 = ib + b.rowStride();
    int i2 = i1 + b.rowStride();
    int i3 = i2 + b.rowStride();
    float a0 = a.values()[a.index(0, p)];
    float a1 = a.values()[a.index(0, p + 1)];
    float a2 = a.values()[a.index(0, p + 2)];
    float a3 = a.values()[a.index(0, p + 3)];
    FloatVector w0 = FloatVector.broadcast(F, a0);
    FloatVector w1 = FloatVector.broadcast(F, a1);
    FloatVector w2 = FloatVector.broadcast(F, a2);
    FloatVector w3 = FloatVector.broadcast(F, a3);
    int j = 0;
    for (; j <= n - LANES; j += LANES) {
      FloatVector sum =
          w0.fma(FloatVector.fromArray(F, rows, ib + j), FloatVector.fromArray(F, c, ic + j));
      sum = w1.fma(FloatVector.fromArray(F, rows, i1 + j), sum);
      sum = w2.fma(FloatVector.fromArray(F, rows, i2 + j), sum);
      w3.fma(FloatVector.fromArray(F, rows, i3 + j), sum).intoArray(c, ic + j);
    }
    for (; j < n; j++) {
      float sum = Math.fma(a0, rows[ib + j], c[ic + j]);
      sum = Math.fma(a1, rows[i1 + j], sum);
      sum = Math.fma(a2, rows[i2 + j], sum);
      c[ic + j] = Math.fma(a3, rows[i3 + j], sum);
    }
  }

  /** For each row of a and each four vectors of columns, the sums stay in registers. */
  private void fewTerms(
      int m, int n, int k, Matrix a, Matrix b, float[] c, int first, boolean accumulate) {
    int block = 4 * LANES;
    int blocks = Math.ceilDiv(n, block);
    parallel.rows(
        m * blocks,
        Lanes.grain(block, Math.max(1, k / 4)),
        (low, high) -> {
          for (int item = low; item < high; item++) {
            int i = item / blocks;
            int j = item % blocks * block;
            int ic = first + i * n + j;
            if (j + block <= n) {
              weightedBlock(k, a, i, b, b.index(0, j), c, ic, accumulate);
            } else {
              for (int d = 0; d < n - j; d += LANES) {
                VectorMask<Float> inside = F.indexInRange(d, n - j);
                weightedVector(k, a, i, b, b.index(0, j + d), c, ic + d, inside, accumulate);
              }
            }
          }
        });
  }

  private static void weightedBlock(
      int k, Matrix a, int row, Matrix b, int ib, float[] c, int ic, boolean accumulate) {
    float[] weights = a.values();
    float[] rows = b.values();
    int ia = a.index(row, 0);
    FloatVector s0 = FloatVector.zero(F);
    FloatVector s1 = FloatVector.zero(F);
    FloatVector s2 = FloatVector.zero(F);
    FloatVector s3 = FloatVector.zero(F);
    for (int p = 0; p < k; p++, ia += a.columnStride(), ib += b.rowStride()) {
      FloatVector weight = FloatVector.broadcast(F, weights[ia]);
      s0 = weight.fma(FloatVector.fromArray(F, rows, ib), s0);
      s1 = weight.fma(FloatVector.fromArray(F, rows, ib + LANES), s1);
      s2 = weight.fma(FloatVector.fromArray(F, rows, ib + 2 * LANES), s2);
      s3 = weight.fma(FloatVector.fromArray(F, rows, ib + 3 * LANES), s3);
    }
    if (accumulate) {
      s0 = FloatVector.fromArray(F, c, ic).add(s0);
      s1 = FloatVector.fromArray(F, c, ic + LANES).add(s1);
      s2 = FloatVector.fromArray(F, c, ic + 2 * LANES).add(s2);
      s3 = FloatVector.fromArray(F, c, ic + 3 * LANES).add(s3);
    }
    s0.intoArray(c, ic);
    s1.intoArray(c, ic + LANES);
    s2.intoArray(c, ic + 2 * LANES);
    s3.intoArray(c, ic + 3 * LANES);
  }

  private static void weightedVector(
      int k,
      Matrix a,
      int row,
      Matrix b,
      int ib,
      float[] c,
      int ic,
      VectorMask<Float> inside,
      boolean accumulate) {
    FloatVector sum = FloatVector.zero(F);
    for (int p = 0; p < k; p++) {
      FloatVector weight = FloatVector.broadcast(F, a.values()[a.index(row, p)]);
      FloatVector column = FloatVector.fromArray(F, b.values(), ib + p * b.rowStride(), inside);
      sum = weight.fma(column, sum);
    }
    if (accumulate) {
      sum = FloatVector.fromArray(F, c, ic, inside).add(sum);
    }
    sum.intoArray(c, ic, inside);
  }
}
