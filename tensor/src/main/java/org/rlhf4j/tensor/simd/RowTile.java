package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import jdk.incubator.vector.FloatVector;

/**
 * A tile of a product that is one vector wide: {@link #ROWS} rows of sums stay in registers while
 * both operands stream by. Attention has products whose width is that of a head, 16 or 32, where
 * half of a {@link GemmTile} would be empty; and as the rows of the left operand need only lie side
 * by side, with any distance from step to step, most of its operands are read where they are.
 */
final class RowTile {
  /** Rows of a tile: with the sums, a vector of b and a broadcast of a must fit into registers. */
  static final int ROWS = GemmTile.ROWS == 12 ? 16 : 8;

  /** What is added to each row of a new tile. */
  private static final float[] ZEROS = new float[LANES];

  private RowTile() {}

  /**
   * c[r, j] = sum_p a[p, r] b[p, j] for {@link #ROWS} rows r and a vector of columns j; the
   * products are added in order of p.
   *
   * @param a from index {@code ia}, its steps {@code along} apart
   * @param b from index {@code ib}, its steps {@code step} apart
   * @param c from index {@code ic}, its rows {@code stride} apart
   * @param add whether to add to c instead
   */
  static void run(
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
    if (ROWS == 16) {
      tile16(k, a, ia, along, b, ib, step, old, io, next, c, ic, stride);
    } else {
      tile8(k, a, ia, along, b, ib, step, old, io, next, c, ic, stride);
    }
  }

  private static void tile16(
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
    FloatVector s0 = FloatVector.fromArray(F, old, io);
    FloatVector s1 = FloatVector.fromArray(F, old, io += next);
    FloatVector s2 = FloatVector.fromArray(F, old, io += next);
    FloatVector s3 = FloatVector.fromArray(F, old, io += next);
    FloatVector s4 = FloatVector.fromArray(F, old, io += next);
    FloatVector s5 = FloatVector.fromArray(F, old, io += next);
    FloatVector s6 = FloatVector.fromArray(F, old, io += next);
    FloatVector s7 = FloatVector.fromArray(F, old, io += next);
    FloatVector s8 = FloatVector.fromArray(F, old, io += next);
    FloatVector s9 = FloatVector.fromArray(F, old, io += next);
    FloatVector s10 = FloatVector.fromArray(F, old, io += next);
    FloatVector s11 = FloatVector.fromArray(F, old, io += next);
    FloatVector s12 = FloatVector.fromArray(F, old, io += next);
    FloatVector s13 = FloatVector.fromArray(F, old, io += next);
    FloatVector s14 = FloatVector.fromArray(F, old, io += next);
    FloatVector s15 = FloatVector.fromArray(F, old, io + next);
    for (int p = 0; p < k; p++) {
      FloatVector right = FloatVector.fromArray(F, b, ib);
      s0 = FloatVector.broadcast(F, a[ia]).fma(right, s0);
      s1 = FloatVector.broadcast(F, a[ia + 1]).fma(right, s1);
      s2 = FloatVector.broadcast(F, a[ia + 2]).fma(right, s2);
      s3 = FloatVector.broadcast(F, a[ia + 3]).fma(right, s3);
      s4 = FloatVector.broadcast(F, a[ia + 4]).fma(right, s4);
      s5 = FloatVector.broadcast(F, a[ia + 5]).fma(right, s5);
      s6 = FloatVector.broadcast(F, a[ia + 6]).fma(right, s6);
      s7 = FloatVector.broadcast(F, a[ia + 7]).fma(right, s7);
      s8 = FloatVector.broadcast(F, a[ia + 8]).fma(right, s8);
      s9 = FloatVector.broadcast(F, a[ia + 9]).fma(right, s9);
      s10 = FloatVector.broadcast(F, a[ia + 10]).fma(right, s10);
      s11 = FloatVector.broadcast(F, a[ia + 11]).fma(right, s11);
      s12 = FloatVector.broadcast(F, a[ia + 12]).fma(right, s12);
      s13 = FloatVector.broadcast(F, a[ia + 13]).fma(right, s13);
      s14 = FloatVector.broadcast(F, a[ia + 14]).fma(right, s14);
      s15 = FloatVector.broadcast(F, a[ia + 15]).fma(right, s15);
      ia += along;
      ib += step;
    }
    s0.intoArray(c, ic);
    s1.intoArray(c, ic += stride);
    s2.intoArray(c, ic += stride);
    s3.intoArray(c, ic += stride);
    s4.intoArray(c, ic += stride);
    s5.intoArray(c, ic += stride);
    s6.intoArray(c, ic += stride);
    s7.intoArray(c, ic += stride);
    s8.intoArray(c, ic += stride);
    s9.intoArray(c, ic += stride);
    s10.intoArray(c, ic += stride);
    s11.intoArray(c, ic += stride);
    s12.intoArray(c, ic += stride);
    s13.intoArray(c, ic += stride);
    s14.intoArray(c, ic += stride);
    s15.intoArray(c, ic + stride);
  }

  private static void tile8(
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
    FloatVector s0 = FloatVector.fromArray(F, old, io);
    FloatVector s1 = FloatVector.fromArray(F, old, io += next);
    FloatVector s2 = FloatVector.fromArray(F, old, io += next);
    FloatVector s3 = FloatVector.fromArray(F, old, io += next);
    FloatVector s4 = FloatVector.fromArray(F, old, io += next);
    FloatVector s5 = FloatVector.fromArray(F, old, io += next);
    FloatVector s6 = FloatVector.fromArray(F, old, io += next);
    FloatVector s7 = FloatVector.fromArray(F, old, io + next);
    for (int p = 0; p < k; p++) {
      FloatVector right = FloatVector.fromArray(F, b, ib);
      s0 = FloatVector.broadcast(F, a[ia]).fma(right, s0);
      s1 = FloatVector.broadcast(F, a[ia + 1]).fma(right, s1);
      s2 = FloatVector.broadcast(F, a[ia + 2]).fma(right, s2);
      s3 = FloatVector.broadcast(F, a[ia + 3]).fma(right, s3);
      s4 = FloatVector.broadcast(F, a[ia + 4]).fma(right, s4);
      s5 = FloatVector.broadcast(F, a[ia + 5]).fma(right, s5);
      s6 = FloatVector.broadcast(F, a[ia + 6]).fma(right, s6);
      s7 = FloatVector.broadcast(F, a[ia + 7]).fma(right, s7);
      ia += along;
      ib += step;
    }
    s0.intoArray(c, ic);
    s1.intoArray(c, ic += stride);
    s2.intoArray(c, ic += stride);
    s3.intoArray(c, ic += stride);
    s4.intoArray(c, ic += stride);
    s5.intoArray(c, ic += stride);
    s6.intoArray(c, ic += stride);
    s7.intoArray(c, ic + stride);
  }
}
