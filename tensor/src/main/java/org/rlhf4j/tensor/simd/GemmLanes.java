package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.rlhf4j.tensor.simd.Gemm.Matrix;

/**
 * c = a b^T for a few rows of a, as when sequences decode together: a is turned, so that each lane
 * of a vector is one of its rows, and a row of weights is read where it is, once for all lanes.
 *
 * <pre>
 *              lanes: rows of a
 *   step p     | | | | | | | | | |      one load serves eight rows of b
 *   of k
 *              sums of eight rows of b stay in registers over all of k:
 *   b[j, p]    c[j] += b[j, p] a[p]     a broadcast and a multiply-add each
 * </pre>
 *
 * <p>No sum crosses lanes, which for short rows costs more than the products, and b is not copied.
 * The sums are turned back a strip at a time. Each is in order of p, whatever the number of rows.
 *
 * <p>Eight rows need nine loads for eight multiply-adds, and a tenth since lanes lie across two
 * lines of the cache; twelve or sixteen would need hardly fewer, and of 24 C2 makes objects.
 *
 * <p>Eight rows at once are eight streams of memory, which no prefetcher follows. So rows of a
 * matrix that comes from further away than the L2 cache are touched before, in the order in which
 * they lie: a number of each line, many of which are then on their way together.
 */
final class GemmLanes {
  /** Rows of b whose sums are turned back together: 64 vectors are in the L1 cache. */
  private static final int STRIP = 64;

  /** Rows of b in registers. */
  private static final int ROWS = 8;

  /** Elements of b that the L2 cache may still hold from the last step: half a megabyte. */
  private static final int NEAR = 1 << 17;

  private final Parallel parallel;
  private float[] turned = new float[0];

  GemmLanes(Parallel parallel) {
    this.parallel = parallel;
  }

  /**
   * c[first + i n + j] = sum_p a[i, p] b[j, p].
   *
   * @param b a row for each column of c
   */
  void run(int m, int n, int k, Matrix a, Matrix b, float[] c, int first) {
    int groups = Math.ceilDiv(m, LANES);
    if (turned.length < groups * k * LANES) {
      turned = new float[groups * k * LANES];
    }
    for (int i = 0; i < m; i += LANES) {
      int lanes = Math.min(LANES, m - i);
      GemmPanels.turn(a.values(), a.index(i, 0), a.rowStride(), lanes, k, turned, i * k, LANES);
      if (lanes < LANES) {
        clear(lanes, k, i * k);
      }
    }
    parallel.rows(
        Math.ceilDiv(n, STRIP),
        Lanes.grain(STRIP * k, m / 4),
        (low, high) -> {
          float[] sums = parallel.scratch().floats(0, STRIP * LANES + 1);
          for (int strip = low; strip < high; strip++) {
            int j = strip * STRIP;
            int rows = Math.min(STRIP, n - j);
            for (int i = 0; i < m; i += LANES) {
              multiply(rows, k, i * k, b, j, n * k > NEAR && i == 0, sums);
              int lanes = Math.min(LANES, m - i);
              GemmPanels.turn(sums, 0, LANES, rows, lanes, c, first + i * n + j, n);
            }
          }
        });
  }

  /** Lanes without a row of a, whose sums nobody reads: zeros are never slow, as NaN may be. */
  private void clear(int lanes, int k, int group) {
    for (int p = 0; p < k; p++) {
      Arrays.fill(turned, group + p * LANES + lanes, group + (p + 1) * LANES, 0);
    }
  }

  private void multiply(int rows, int k, int group, Matrix b, int j, boolean far, float[] sums) {
    int stride = b.rowStride();
    int row = 0;
    for (; row <= rows - ROWS; row += ROWS) {
      if (far) {
        sums[STRIP * LANES] = CacheLines.touch(b.values(), b.index(j + row, 0), ROWS * stride);
      }
      eight(k, turned, group, b.values(), b.index(j + row, 0), stride, sums, row * LANES);
    }
    for (; row < rows; row++) {
      one(k, turned, group, b.values(), b.index(j + row, 0), sums, row * LANES);
    }
  }

  private static void eight(
      int k, float[] a, int ia, float[] b, int ib, int stride, float[] sums, int first) {
    FloatVector s0 = FloatVector.zero(F);
    FloatVector s1 = FloatVector.zero(F);
    FloatVector s2 = FloatVector.zero(F);
    FloatVector s3 = FloatVector.zero(F);
    FloatVector s4 = FloatVector.zero(F);
    FloatVector s5 = FloatVector.zero(F);
    FloatVector s6 = FloatVector.zero(F);
    FloatVector s7 = FloatVector.zero(F);
    for (int p = 0; p < k; p++) {
      FloatVector lanes = FloatVector.fromArray(F, a, ia + p * LANES);
      int i = ib + p;
      s0 = FloatVector.broadcast(F, b[i]).fma(lanes, s0);
      s1 = FloatVector.broadcast(F, b[i + stride]).fma(lanes, s1);
      s2 = FloatVector.broadcast(F, b[i + 2 * stride]).fma(lanes, s2);
      s3 = FloatVector.broadcast(F, b[i + 3 * stride]).fma(lanes, s3);
      s4 = FloatVector.broadcast(F, b[i + 4 * stride]).fma(lanes, s4);
      s5 = FloatVector.broadcast(F, b[i + 5 * stride]).fma(lanes, s5);
      s6 = FloatVector.broadcast(F, b[i + 6 * stride]).fma(lanes, s6);
      s7 = FloatVector.broadcast(F, b[i + 7 * stride]).fma(lanes, s7);
    }
    s0.intoArray(sums, first);
    s1.intoArray(sums, first + LANES);
    s2.intoArray(sums, first + 2 * LANES);
    s3.intoArray(sums, first + 3 * LANES);
    s4.intoArray(sums, first + 4 * LANES);
    s5.intoArray(sums, first + 5 * LANES);
    s6.intoArray(sums, first + 6 * LANES);
    s7.intoArray(sums, first + 7 * LANES);
  }

  private static void one(int k, float[] a, int ia, float[] b, int ib, float[] sums, int first) {
    FloatVector sum = FloatVector.zero(F);
    for (int p = 0; p < k; p++) {
      FloatVector lanes = FloatVector.fromArray(F, a, ia + p * LANES);
      sum = FloatVector.broadcast(F, b[ib + p]).fma(lanes, sum);
    }
    sum.intoArray(sums, first);
  }
}
