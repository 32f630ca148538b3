package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.tensor.simd.Gemm.Matrix;

/**
 * c = a b^T for a b that was packed once for many products, as the weights of a generation: panels
 * of two vectors of columns, which are rows of b, step of k after step.
 *
 * <pre>
 *              lanes: columns of c
 *   step p     | | | | | | | |  | | | | | | | |     two loads serve eight rows of a
 *   of k
 *              sums of eight rows stay in registers over all of k:
 *   a[i, p]    c[i] += a[i, p] b[p]                 a broadcast and two multiply-adds each
 * </pre>
 *
 * <p>No sum crosses lanes, and a is read where it is: an address and a broadcast a row and step are
 * fewer operations than multiply-adds. A Zen 5 does 190 to 215 GFLOP/s of the 226 that its
 * multiply-adds allow; 12 rows and then 4 are no faster than 8 and 8, and with 32 sums in registers
 * there is none left for b. So it stays with many rows, since a vector of b serves eight of them
 * and a number of a two vectors.
 *
 * <p>A panel that comes from further away than the L2 cache is touched before: a number of each of
 * its lines, many of which are then on their way together. 16 x 32,000 x 288 takes 2.2 to 2.7
 * milliseconds instead of 2.5 to 3.7.
 */
final class GemmPacked {
  /** Columns of a panel. */
  private static final int COLUMNS = GemmTile.COLUMNS;

  /** Whether 16 sums, two vectors of b and a broadcast fit into the vector registers. */
  private static final boolean EIGHT = GemmTile.ROWS == 12;

  private static final int ROWS = EIGHT ? 8 : 4;

  /** Elements of b that the L2 cache may still hold from the last step: half a megabyte. */
  private static final int NEAR = 1 << 17;

  private final Parallel parallel;

  GemmPacked(Parallel parallel) {
    this.parallel = parallel;
  }

  /** {@return a weight {@code [n, k]} as panels {@code [panels, k, COLUMNS]}, 0 beyond the last} */
  Tensor pack(Tensor weight, Workspace workspace) {
    int n = weight.shape().dim(0);
    int k = weight.shape().dim(1);
    Tensor packed = workspace.empty(Shape.of(Math.ceilDiv(n, COLUMNS), k, COLUMNS));
    Matrix b = new Matrix(weight.floats(), 0, 1, k);
    float[] panels = packed.floats();
    parallel.rows(
        Math.ceilDiv(n, COLUMNS),
        Lanes.grain(COLUMNS * k, 1),
        (low, high) -> {
          for (int j = low; j < high; j++) {
            GemmPanels.packColumns(b, j * COLUMNS, n, 0, k, panels, j * COLUMNS * k);
          }
        });
    return packed;
  }

  /** y[i, j] = sum_p x[i, p] weight[j, p], in order of p. */
  void multiply(Tensor x, Tensor packed, Tensor y) {
    int m = y.shape().dim(0);
    int n = y.shape().dim(1);
    int k = x.shape().dim(1);
    float[] a = x.floats();
    float[] b = packed.floats();
    float[] c = y.floats();
    boolean far = n * k > NEAR;
    parallel.rows(
        Math.ceilDiv(n, COLUMNS),
        (int) Math.max(1, Gemm.WORTH_A_THREAD / Math.max(1, (long) m * COLUMNS * k)),
        (low, high) -> {
          float[] beside = parallel.scratch().floats(0, ROWS * COLUMNS + 1);
          for (int j = low; j < high; j++) {
            if (far) {
              beside[ROWS * COLUMNS] = CacheLines.touch(b, j * COLUMNS * k, COLUMNS * k);
            }
            panel(m, n, k, a, b, j, c, beside);
          }
        });
  }

  private static void panel(
      int m, int n, int k, float[] a, float[] packed, int j, float[] c, float[] beside) {
    int column = j * COLUMNS;
    int ib = column * k;
    for (int i = 0; i < m; i += ROWS) {
      int rows = Math.min(ROWS, m - i);
      if (column + COLUMNS <= n) {
        tile(rows, k, a, i * k, packed, ib, c, i * n + column, n);
      } else {
        tile(rows, k, a, i * k, packed, ib, beside, 0, COLUMNS);
        for (int r = 0; r < rows; r++) {
          System.arraycopy(beside, r * COLUMNS, c, (i + r) * n + column, n - column);
        }
      }
    }
  }

  private static void tile(
      int rows, int k, float[] a, int ia, float[] b, int ib, float[] c, int ic, int stride) {
    if (EIGHT && rows > 4) {
      eight(rows - 1, k, a, ia, b, ib, c, ic, stride);
    } else {
      four(rows - 1, k, a, ia, b, ib, c, ic, stride);
    }
  }

  /**
   * Eight rows; those beyond the last are the last once more, with the same sums in the same place.
   */
  private static void eight(
      int last, int k, float[] a, int ia, float[] b, int ib, float[] c, int ic, int stride) {
    int r1 = Math.min(1, last);
    int r2 = Math.min(2, last);
    int r3 = Math.min(3, last);
    int r4 = Math.min(4, last);
    int r5 = Math.min(5, last);
    int r6 = Math.min(6, last);
    int r7 = Math.min(7, last);
    int a0 = ia;
    int a1 = ia + r1 * k;
    int a2 = ia + r2 * k;
    int a3 = ia + r3 * k;
    int a4 = ia + r4 * k;
    int a5 = ia + r5 * k;
    int a6 = ia + r6 * k;
    int a7 = ia + r7 * k;
    FloatVector s00 = FloatVector.zero(F);
    FloatVector s01 = FloatVector.zero(F);
    FloatVector s10 = FloatVector.zero(F);
    FloatVector s11 = FloatVector.zero(F);
    FloatVector s20 = FloatVector.zero(F);
    FloatVector s21 = FloatVector.zero(F);
    FloatVector s30 = FloatVector.zero(F);
    FloatVector s31 = FloatVector.zero(F);
    FloatVector s40 = FloatVector.zero(F);
    FloatVector s41 = FloatVector.zero(F);
    FloatVector s50 = FloatVector.zero(F);
    FloatVector s51 = FloatVector.zero(F);
    FloatVector s60 = FloatVector.zero(F);
    FloatVector s61 = FloatVector.zero(F);
    FloatVector s70 = FloatVector.zero(F);
    FloatVector s71 = FloatVector.zero(F);
    for (int p = 0; p < k; p++, ib += COLUMNS) {
      FloatVector b0 = FloatVector.fromArray(F, b, ib);
      FloatVector b1 = FloatVector.fromArray(F, b, ib + LANES);
      FloatVector x0 = FloatVector.broadcast(F, a[a0 + p]);
      s00 = x0.lanewise(VectorOperators.FMA, b0, s00);
      s01 = x0.lanewise(VectorOperators.FMA, b1, s01);
      FloatVector x1 = FloatVector.broadcast(F, a[a1 + p]);
      s10 = x1.lanewise(VectorOperators.FMA, b0, s10);
      s11 = x1.lanewise(VectorOperators.FMA, b1, s11);
      FloatVector x2 = FloatVector.broadcast(F, a[a2 + p]);
      s20 = x2.lanewise(VectorOperators.FMA, b0, s20);
      s21 = x2.lanewise(VectorOperators.FMA, b1, s21);
      FloatVector x3 = FloatVector.broadcast(F, a[a3 + p]);
      s30 = x3.lanewise(VectorOperators.FMA, b0, s30);
      s31 = x3.lanewise(VectorOperators.FMA, b1, s31);
      FloatVector x4 = FloatVector.broadcast(F, a[a4 + p]);
      s40 = x4.lanewise(VectorOperators.FMA, b0, s40);
      s41 = x4.lanewise(VectorOperators.FMA, b1, s41);
      FloatVector x5 = FloatVector.broadcast(F, a[a5 + p]);
      s50 = x5.lanewise(VectorOperators.FMA, b0, s50);
      s51 = x5.lanewise(VectorOperators.FMA, b1, s51);
      FloatVector x6 = FloatVector.broadcast(F, a[a6 + p]);
      s60 = x6.lanewise(VectorOperators.FMA, b0, s60);
      s61 = x6.lanewise(VectorOperators.FMA, b1, s61);
      FloatVector x7 = FloatVector.broadcast(F, a[a7 + p]);
      s70 = x7.lanewise(VectorOperators.FMA, b0, s70);
      s71 = x7.lanewise(VectorOperators.FMA, b1, s71);
    }
    s00.intoArray(c, ic);
    s01.intoArray(c, ic + LANES);
    int c1 = ic + r1 * stride;
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + LANES);
    int c2 = ic + r2 * stride;
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + LANES);
    int c3 = ic + r3 * stride;
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + LANES);
    int c4 = ic + r4 * stride;
    s40.intoArray(c, c4);
    s41.intoArray(c, c4 + LANES);
    int c5 = ic + r5 * stride;
    s50.intoArray(c, c5);
    s51.intoArray(c, c5 + LANES);
    int c6 = ic + r6 * stride;
    s60.intoArray(c, c6);
    s61.intoArray(c, c6 + LANES);
    int c7 = ic + r7 * stride;
    s70.intoArray(c, c7);
    s71.intoArray(c, c7 + LANES);
  }

  /** The same with four. */
  private static void four(
      int last, int k, float[] a, int ia, float[] b, int ib, float[] c, int ic, int stride) {
    int r1 = Math.min(1, last);
    int r2 = Math.min(2, last);
    int r3 = Math.min(3, last);
    int a0 = ia;
    int a1 = ia + r1 * k;
    int a2 = ia + r2 * k;
    int a3 = ia + r3 * k;
    FloatVector s00 = FloatVector.zero(F);
    FloatVector s01 = FloatVector.zero(F);
    FloatVector s10 = FloatVector.zero(F);
    FloatVector s11 = FloatVector.zero(F);
    FloatVector s20 = FloatVector.zero(F);
    FloatVector s21 = FloatVector.zero(F);
    FloatVector s30 = FloatVector.zero(F);
    FloatVector s31 = FloatVector.zero(F);
    for (int p = 0; p < k; p++, ib += COLUMNS) {
      FloatVector b0 = FloatVector.fromArray(F, b, ib);
      FloatVector b1 = FloatVector.fromArray(F, b, ib + LANES);
      FloatVector x0 = FloatVector.broadcast(F, a[a0 + p]);
      s00 = x0.lanewise(VectorOperators.FMA, b0, s00);
      s01 = x0.lanewise(VectorOperators.FMA, b1, s01);
      FloatVector x1 = FloatVector.broadcast(F, a[a1 + p]);
      s10 = x1.lanewise(VectorOperators.FMA, b0, s10);
      s11 = x1.lanewise(VectorOperators.FMA, b1, s11);
      FloatVector x2 = FloatVector.broadcast(F, a[a2 + p]);
      s20 = x2.lanewise(VectorOperators.FMA, b0, s20);
      s21 = x2.lanewise(VectorOperators.FMA, b1, s21);
      FloatVector x3 = FloatVector.broadcast(F, a[a3 + p]);
      s30 = x3.lanewise(VectorOperators.FMA, b0, s30);
      s31 = x3.lanewise(VectorOperators.FMA, b1, s31);
    }
    s00.intoArray(c, ic);
    s01.intoArray(c, ic + LANES);
    int c1 = ic + r1 * stride;
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + LANES);
    int c2 = ic + r2 * stride;
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + LANES);
    int c3 = ic + r3 * stride;
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + LANES);
  }
}
