package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import jdk.incubator.vector.FloatVector;

/**
 * The innermost loop of the matrix product: one tile of c stays in registers while a panel of a and
 * a panel of b stream by, so that each step of k costs two loads of b and one broadcast a row for
 * twice as many fused multiply-adds as rows.
 *
 * <p>The tile is two vectors wide. It has 12 rows where there are 32 vector registers (AVX-512, and
 * NEON on aarch64) and 4 where there are 16: 6 would fit, but C2 loads the broadcasts early and
 * spills, at half the speed. Written out row by row because only local variables live in registers,
 * and without a method for the last two lines of a row because C2 stops inlining when a method has
 * grown too large, and then every vector is an object.
 */
final class GemmTile {
  /** Rows of a tile. */
  static final int ROWS =
      F.vectorBitSize() == 512 || System.getProperty("os.arch").equals("aarch64") ? 12 : 4;

  /** Columns of a tile. */
  static final int COLUMNS = 2 * LANES;

  /** A row that is added to each row of a new tile: c need not be read, nor set to 0 before. */
  private static final float[] ZEROS = new float[COLUMNS];

  private GemmTile() {}

  /**
   * c[r, j] = sum_p a[p, r] b[p, j] for r below {@code rows}, or a few more; the products are added
   * in order of p. A tile of few rows, at the lower edge of c, is computed four rows at a time.
   *
   * @param rows at most {@link #ROWS}; c must have room for {@link #computed} rows
   * @param a {@code [k, ROWS]} from index {@code ia}, its steps {@code along} apart
   * @param b {@code [k, COLUMNS]} from index {@code ib}, its rows {@code step} apart
   * @param c tile whose rows are {@code stride} apart, from index {@code ic}
   * @param add whether to add to c instead
   */
  static void run(
      int rows,
      int k,
      float[] a,
      int ia,
      int along,
      float[] b,
      int ib,
      int step,
      float[] c,
      int ic,
      int stride,
      boolean add) {
    float[] old = add ? c : ZEROS;
    int io = add ? ic : 0;
    int next = add ? stride : 0;
    if (ROWS == 12 && rows > 8) {
      tile12(k, a, ia, along, b, ib, step, old, io, next, c, ic, stride);
      return;
    }
    for (int r = 0; r < rows; r += 4) {
      tile4(k, a, ia + r, along, b, ib, step, old, io + r * next, next, c, ic + r * stride, stride);
    }
  }

  /** {@return how many rows a tile of this many really computes} */
  static int computed(int rows) {
    return rows > 8 ? ROWS : (rows + 3) / 4 * 4;
  }

  /** 12 rows: 24 vectors of sums, two of b and one broadcast of a are alive at once. */
  private static void tile12(
      int k,
      float[] a,
      int ia,
      int along,
      float[] b,
      int ib,
      int step,
      float[] old,
      int io,
      int next,
      float[] c,
      int ic,
      int stride) {
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
    FloatVector s80 = FloatVector.zero(F);
    FloatVector s81 = FloatVector.zero(F);
    FloatVector s90 = FloatVector.zero(F);
    FloatVector s91 = FloatVector.zero(F);
    FloatVector s100 = FloatVector.zero(F);
    FloatVector s101 = FloatVector.zero(F);
    FloatVector s110 = FloatVector.zero(F);
    FloatVector s111 = FloatVector.zero(F);
    for (int p = 0; p < k; p++) {
      FloatVector b0 = FloatVector.fromArray(F, b, ib);
      FloatVector b1 = FloatVector.fromArray(F, b, ib + LANES);
      FloatVector a0 = FloatVector.broadcast(F, a[ia]);
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      FloatVector a1 = FloatVector.broadcast(F, a[ia + 1]);
      s10 = a1.fma(b0, s10);
      s11 = a1.fma(b1, s11);
      FloatVector a2 = FloatVector.broadcast(F, a[ia + 2]);
      s20 = a2.fma(b0, s20);
      s21 = a2.fma(b1, s21);
      FloatVector a3 = FloatVector.broadcast(F, a[ia + 3]);
      s30 = a3.fma(b0, s30);
      s31 = a3.fma(b1, s31);
      FloatVector a4 = FloatVector.broadcast(F, a[ia + 4]);
      s40 = a4.fma(b0, s40);
      s41 = a4.fma(b1, s41);
      FloatVector a5 = FloatVector.broadcast(F, a[ia + 5]);
      s50 = a5.fma(b0, s50);
      s51 = a5.fma(b1, s51);
      FloatVector a6 = FloatVector.broadcast(F, a[ia + 6]);
      s60 = a6.fma(b0, s60);
      s61 = a6.fma(b1, s61);
      FloatVector a7 = FloatVector.broadcast(F, a[ia + 7]);
      s70 = a7.fma(b0, s70);
      s71 = a7.fma(b1, s71);
      FloatVector a8 = FloatVector.broadcast(F, a[ia + 8]);
      s80 = a8.fma(b0, s80);
      s81 = a8.fma(b1, s81);
      FloatVector a9 = FloatVector.broadcast(F, a[ia + 9]);
      s90 = a9.fma(b0, s90);
      s91 = a9.fma(b1, s91);
      FloatVector a10 = FloatVector.broadcast(F, a[ia + 10]);
      s100 = a10.fma(b0, s100);
      s101 = a10.fma(b1, s101);
      FloatVector a11 = FloatVector.broadcast(F, a[ia + 11]);
      s110 = a11.fma(b0, s110);
      s111 = a11.fma(b1, s111);
      ia += along;
      ib += step;
    }
    s00.add(FloatVector.fromArray(F, old, io)).intoArray(c, ic);
    s01.add(FloatVector.fromArray(F, old, io + LANES)).intoArray(c, ic + LANES);
    io += next;
    ic += stride;
    s10.add(FloatVector.fromArray(F, old, io)).intoArray(c, ic);
    s11.add(FloatVector.fromArray(F, old, io + LANES)).intoArray(c, ic + LANES);
    io += next;
    ic += stride;
    s20.add(FloatVector.fromArray(F, old, io)).intoArray(c, ic);
    s21.add(FloatVector.fromArray(F, old, io + LANES)).intoArray(c, ic + LANES);
    io += next;
    ic += stride;
    s30.add(FloatVector.fromArray(F, old, io)).intoArray(c, ic);
    s31.add(FloatVector.fromArray(F, old, io + LANES)).intoArray(c, ic + LANES);
    io += next;
    ic += stride;
    s40.add(FloatVector.fromArray(F, old, io)).intoArray(c, ic);
    s41.add(FloatVector.fromArray(F, old, io + LANES)).intoArray(c, ic + LANES);
    io += next;
    ic += stride;
    s50.add(FloatVector.fromArray(F, old, io)).intoArray(c, ic);
    s51.add(FloatVector.fromArray(F, old, io + LANES)).intoArray(c, ic + LANES);
    io += next;
    ic += stride;
    s60.add(FloatVector.fromArray(F, old, io)).intoArray(c, ic);
    s61.add(FloatVector.fromArray(F, old, io + LANES)).intoArray(c, ic + LANES);
    io += next;
    ic += stride;
    s70.add(FloatVector.fromArray(F, old, io)).intoArray(c, ic);
    s71.add(FloatVector.fromArray(F, old, io + LANES)).intoArray(c, ic + LANES);
    io += next;
    ic += stride;
    s80.add(FloatVector.fromArray(F, old, io)).intoArray(c, ic);
    s81.add(FloatVector.fromArray(F, old, io + LANES)).intoArray(c, ic + LANES);
    io += next;
    ic += stride;
    s90.add(FloatVector.fromArray(F, old, io)).intoArray(c, ic);
    s91.add(FloatVector.fromArray(F, old, io + LANES)).intoArray(c, ic + LANES);
    io += next;
    ic += stride;
    s100.add(FloatVector.fromArray(F, old, io)).intoArray(c, ic);
    s101.add(FloatVector.fromArray(F, old, io + LANES)).intoArray(c, ic + LANES);
    io += next;
    ic += stride;
    s110.add(FloatVector.fromArray(F, old, io)).intoArray(c, ic);
    s111.add(FloatVector.fromArray(F, old, io + LANES)).intoArray(c, ic + LANES);
  }

  /** 4 rows: 8 vectors of sums, two of b and one broadcast of a are alive at once. */
  private static void tile4(
      int k,
      float[] a,
      int ia,
      int along,
      float[] b,
      int ib,
      int step,
      float[] old,
      int io,
      int next,
      float[] c,
      int ic,
      int stride) {
    FloatVector s00 = FloatVector.zero(F);
    FloatVector s01 = FloatVector.zero(F);
    FloatVector s10 = FloatVector.zero(F);
    FloatVector s11 = FloatVector.zero(F);
    FloatVector s20 = FloatVector.zero(F);
    FloatVector s21 = FloatVector.zero(F);
    FloatVector s30 = FloatVector.zero(F);
    FloatVector s31 = FloatVector.zero(F);
    for (int p = 0; p < k; p++) {
      FloatVector b0 = FloatVector.fromArray(F, b, ib);
      FloatVector b1 = FloatVector.fromArray(F, b, ib + LANES);
      FloatVector a0 = FloatVector.broadcast(F, a[ia]);
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      FloatVector a1 = FloatVector.broadcast(F, a[ia + 1]);
      s10 = a1.fma(b0, s10);
      s11 = a1.fma(b1, s11);
      FloatVector a2 = FloatVector.broadcast(F, a[ia + 2]);
      s20 = a2.fma(b0, s20);
      s21 = a2.fma(b1, s21);
      FloatVector a3 = FloatVector.broadcast(F, a[ia + 3]);
      s30 = a3.fma(b0, s30);
      s31 = a3.fma(b1, s31);
      ia += along;
      ib += step;
    }
    s00.add(FloatVector.fromArray(F, old, io)).intoArray(c, ic);
    s01.add(FloatVector.fromArray(F, old, io + LANES)).intoArray(c, ic + LANES);
    io += next;
    ic += stride;
    s10.add(FloatVector.fromArray(F, old, io)).intoArray(c, ic);
    s11.add(FloatVector.fromArray(F, old, io + LANES)).intoArray(c, ic + LANES);
    io += next;
    ic += stride;
    s20.add(FloatVector.fromArray(F, old, io)).intoArray(c, ic);
    s21.add(FloatVector.fromArray(F, old, io + LANES)).intoArray(c, ic + LANES);
    io += next;
    ic += stride;
    s30.add(FloatVector.fromArray(F, old, io)).intoArray(c, ic);
    s31.add(FloatVector.fromArray(F, old, io + LANES)).intoArray(c, ic + LANES);
  }
}
