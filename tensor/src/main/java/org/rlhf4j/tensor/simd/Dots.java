package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;
import static org.rlhf4j.tensor.simd.Lanes.NARROW;
import static org.rlhf4j.tensor.simd.Lanes.NARROW_LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import org.rlhf4j.tensor.simd.Gemm.Matrix;

/**
 * Scalar products of rows. Four at a time share the loads of the one row that all have, and the
 * additions across lanes at the end:
 *
 * <pre>
 * s0 and s1, s2 and s3: swap halves, add       [s0 s0 s1 s1]   [s2 s2 s3 s3]
 * both results:         swap quarters, add     [s0 s2 s1 s3]   a quarter of the lanes each
 * within a quarter:     add neighbours         as many times as it takes
 * </pre>
 */
final class Dots {
  private static final VectorShuffle<Float> NARROW_HALF =
      VectorShuffle.fromOp(NARROW, i -> (i + 4) % NARROW_LANES);
  private static final VectorShuffle<Float> NARROW_TWO =
      VectorShuffle.fromOp(NARROW, i -> (i + 2) % NARROW_LANES);

  private static final int QUARTER = LANES / 4;
  private static final VectorShuffle<Float> HALF_TURN = turn(LANES / 2);
  private static final VectorShuffle<Float> QUARTER_DOWN = turn(QUARTER);
  private static final VectorShuffle<Float> QUARTER_UP = turn(LANES - QUARTER);
  private static final VectorShuffle<Float> TURN_2 = turn(2);
  private static final VectorShuffle<Float> TURN_1 = turn(1);
  private static final VectorMask<Float> UPPER = mask(LANES / 2);
  private static final VectorMask<Float> ODD_QUARTERS = mask(QUARTER);

  private Dots() {}

  /** sum_p a[ia + p] b[ib + p], in four interleaved vectors of sums and a rest. */
  static float dot(int k, float[] a, int ia, float[] b, int ib) {
    FloatVector s0 = FloatVector.zero(F);
    FloatVector s1 = FloatVector.zero(F);
    FloatVector s2 = FloatVector.zero(F);
    FloatVector s3 = FloatVector.zero(F);
    int p = 0;
    for (; p <= k - 4 * LANES; p += 4 * LANES) {
      s0 = FloatVector.fromArray(F, a, ia + p).fma(FloatVector.fromArray(F, b, ib + p), s0);
      s1 =
          FloatVector.fromArray(F, a, ia + p + LANES)
              .fma(FloatVector.fromArray(F, b, ib + p + LANES), s1);
      s2 =
          FloatVector.fromArray(F, a, ia + p + 2 * LANES)
              .fma(FloatVector.fromArray(F, b, ib + p + 2 * LANES), s2);
      s3 =
          FloatVector.fromArray(F, a, ia + p + 3 * LANES)
              .fma(FloatVector.fromArray(F, b, ib + p + 3 * LANES), s3);
    }
    if (p <= k - 2 * LANES) {
      s0 = FloatVector.fromArray(F, a, ia + p).fma(FloatVector.fromArray(F, b, ib + p), s0);
      s1 =
          FloatVector.fromArray(F, a, ia + p + LANES)
              .fma(FloatVector.fromArray(F, b, ib + p + LANES), s1);
      p += 2 * LANES;
    }
    if (p <= k - LANES) {
      s2 = FloatVector.fromArray(F, a, ia + p).fma(FloatVector.fromArray(F, b, ib + p), s2);
      p += LANES;
    }
    if (p < k) {
      VectorMask<Float> rest = F.indexInRange(p, k);
      FloatVector last = FloatVector.fromArray(F, b, ib + p, rest);
      s1 = FloatVector.fromArray(F, a, ia + p, rest).fma(last, s1);
    }
    return Lanes.sum(s0.add(s1).add(s2.add(s3)));
  }

  /**
   * c[ic + r step] = sum_p x[ix + p] y[iy + r stride + p] for r below {@code count}, a row after
   * the other: memory is one stream, which the prefetchers follow; four rows at once they do not.
   *
   * <p>In vectors of 256 bits at most: an array begins anywhere in a line of the cache, so that
   * each load of 512 bits would read two lines, and the memory gives half of what it could.
   *
   * @param add whether to add to c instead
   */
  static void rows(
      int count,
      int k,
      float[] x,
      int ix,
      float[] y,
      int iy,
      int stride,
      float[] c,
      int ic,
      int step,
      boolean add) {
    for (int r = 0; r < count; r++, iy += stride, ic += step) {
      store(row(k, x, ix, y, iy), c, ic, add);
    }
  }

  /** {@link #dot} in four narrow vectors of sums, short enough to be inlined into the loop. */
  private static float row(int k, float[] a, int ia, float[] b, int ib) {
    FloatVector s0 = FloatVector.zero(NARROW);
    FloatVector s1 = FloatVector.zero(NARROW);
    FloatVector s2 = FloatVector.zero(NARROW);
    FloatVector s3 = FloatVector.zero(NARROW);
    int p = 0;
    for (; p <= k - 4 * NARROW_LANES; p += 4 * NARROW_LANES) {
      s0 = narrow(a, ia + p).fma(narrow(b, ib + p), s0);
      s1 = narrow(a, ia + p + NARROW_LANES).fma(narrow(b, ib + p + NARROW_LANES), s1);
      s2 = narrow(a, ia + p + 2 * NARROW_LANES).fma(narrow(b, ib + p + 2 * NARROW_LANES), s2);
      s3 = narrow(a, ia + p + 3 * NARROW_LANES).fma(narrow(b, ib + p + 3 * NARROW_LANES), s3);
    }
    for (; p <= k - NARROW_LANES; p += NARROW_LANES) {
      s0 = narrow(a, ia + p).fma(narrow(b, ib + p), s0);
    }
    float rest = 0;
    for (; p < k; p++) {
      rest = Math.fma(a[ia + p], b[ib + p], rest);
    }
    return sum(s0.add(s1).add(s2.add(s3))) + rest;
  }

  /**
   * c[ic + q step] = sum_p x[ix + p] y[iy + q stride + p] for q = 0, 1, 2, 3.
   *
   * @param add whether to add to c instead
   */
  static void four(
      int k,
      float[] x,
      int ix,
      float[] y,
      int iy,
      int stride,
      float[] c,
      int ic,
      int step,
      boolean add) {
    FloatVector s0 = FloatVector.zero(F);
    FloatVector s1 = FloatVector.zero(F);
    FloatVector s2 = FloatVector.zero(F);
    FloatVector s3 = FloatVector.zero(F);
    int y1 = iy + stride;
    int y2 = y1 + stride;
    int y3 = y2 + stride;
    int p = 0;
    for (; p <= k - LANES; p += LANES) {
      FloatVector shared = FloatVector.fromArray(F, x, ix + p);
      s0 = shared.fma(FloatVector.fromArray(F, y, iy + p), s0);
      s1 = shared.fma(FloatVector.fromArray(F, y, y1 + p), s1);
      s2 = shared.fma(FloatVector.fromArray(F, y, y2 + p), s2);
      s3 = shared.fma(FloatVector.fromArray(F, y, y3 + p), s3);
    }
    if (p < k) {
      VectorMask<Float> rest = F.indexInRange(p, k);
      FloatVector shared = FloatVector.fromArray(F, x, ix + p, rest);
      s0 = shared.fma(FloatVector.fromArray(F, y, iy + p, rest), s0);
      s1 = shared.fma(FloatVector.fromArray(F, y, y1 + p, rest), s1);
      s2 = shared.fma(FloatVector.fromArray(F, y, y2 + p, rest), s2);
      s3 = shared.fma(FloatVector.fromArray(F, y, y3 + p, rest), s3);
    }
    FloatVector sums = acrossLanes(s0, s1, s2, s3);
    store(sums.lane(0), c, ic, add);
    store(sums.lane(2 * QUARTER), c, ic + step, add);
    store(sums.lane(QUARTER), c, ic + 2 * step, add);
    store(sums.lane(3 * QUARTER), c, ic + 3 * step, add);
  }

  /** c[ic + q] = factor times the sum of the q-th of four vectors. */
  static void sums(float[] vectors, int first, float factor, float[] c, int ic) {
    FloatVector sums =
        acrossLanes(
                FloatVector.fromArray(F, vectors, first),
                FloatVector.fromArray(F, vectors, first + LANES),
                FloatVector.fromArray(F, vectors, first + 2 * LANES),
                FloatVector.fromArray(F, vectors, first + 3 * LANES))
            .mul(factor);
    c[ic] = sums.lane(0);
    c[ic + 1] = sums.lane(2 * QUARTER);
    c[ic + 2] = sums.lane(QUARTER);
    c[ic + 3] = sums.lane(3 * QUARTER);
  }

  /** The sums of four vectors, each in some lanes of the result, see {@link #four}. */
  private static FloatVector acrossLanes(
      FloatVector s0, FloatVector s1, FloatVector s2, FloatVector s3) {
    FloatVector low = s0.blend(s1, UPPER).add(s1.blend(s0, UPPER).rearrange(HALF_TURN));
    FloatVector high = s2.blend(s3, UPPER).add(s3.blend(s2, UPPER).rearrange(HALF_TURN));
    FloatVector sums =
        low.blend(high.rearrange(QUARTER_UP), ODD_QUARTERS)
            .add(low.rearrange(QUARTER_DOWN).blend(high, ODD_QUARTERS));
    if (QUARTER >= 4) {
      sums = sums.add(sums.rearrange(TURN_2));
    }
    if (QUARTER >= 2) {
      sums = sums.add(sums.rearrange(TURN_1));
    }
    return sums;
  }

  /**
   * sums[4 r + q] = x[r, p] y[q, p] lane by lane, summed over the whole vectors of p: four rows by
   * four, so that eight loads serve 16 multiply-adds.
   *
   * @param ix where the first of four rows of x begins
   * @param iy where the first of four rows of y begins
   */
  static void square(int k, Matrix x, int ix, Matrix y, int iy, float[] sums) {
    float[] left = x.values();
    float[] right = y.values();
    int x1 = ix + x.rowStride();
    int x2 = x1 + x.rowStride();
    int x3 = x2 + x.rowStride();
    int y1 = iy + y.rowStride();
    int y2 = y1 + y.rowStride();
    int y3 = y2 + y.rowStride();
    FloatVector s00 = FloatVector.zero(F);
    FloatVector s01 = FloatVector.zero(F);
    FloatVector s02 = FloatVector.zero(F);
    FloatVector s03 = FloatVector.zero(F);
    FloatVector s10 = FloatVector.zero(F);
    FloatVector s11 = FloatVector.zero(F);
    FloatVector s12 = FloatVector.zero(F);
    FloatVector s13 = FloatVector.zero(F);
    FloatVector s20 = FloatVector.zero(F);
    FloatVector s21 = FloatVector.zero(F);
    FloatVector s22 = FloatVector.zero(F);
    FloatVector s23 = FloatVector.zero(F);
    FloatVector s30 = FloatVector.zero(F);
    FloatVector s31 = FloatVector.zero(F);
    FloatVector s32 = FloatVector.zero(F);
    FloatVector s33 = FloatVector.zero(F);
    for (int p = 0; p <= k - LANES; p += LANES) {
      FloatVector b0 = FloatVector.fromArray(F, right, iy + p);
      FloatVector b1 = FloatVector.fromArray(F, right, y1 + p);
      FloatVector b2 = FloatVector.fromArray(F, right, y2 + p);
      FloatVector b3 = FloatVector.fromArray(F, right, y3 + p);
      FloatVector a0 = FloatVector.fromArray(F, left, ix + p);
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      s02 = a0.fma(b2, s02);
      s03 = a0.fma(b3, s03);
      FloatVector a1 = FloatVector.fromArray(F, left, x1 + p);
      s10 = a1.fma(b0, s10);
      s11 = a1.fma(b1, s11);
      s12 = a1.fma(b2, s12);
      s13 = a1.fma(b3, s13);
      FloatVector a2 = FloatVector.fromArray(F, left, x2 + p);
      s20 = a2.fma(b0, s20);
      s21 = a2.fma(b1, s21);
      s22 = a2.fma(b2, s22);
      s23 = a2.fma(b3, s23);
      FloatVector a3 = FloatVector.fromArray(F, left, x3 + p);
      s30 = a3.fma(b0, s30);
      s31 = a3.fma(b1, s31);
      s32 = a3.fma(b2, s32);
      s33 = a3.fma(b3, s33);
    }
    s00.intoArray(sums, 0);
    s01.intoArray(sums, LANES);
    s02.intoArray(sums, 2 * LANES);
    s03.intoArray(sums, 3 * LANES);
    s10.intoArray(sums, 4 * LANES);
    s11.intoArray(sums, 5 * LANES);
    s12.intoArray(sums, 6 * LANES);
    s13.intoArray(sums, 7 * LANES);
    s20.intoArray(sums, 8 * LANES);
    s21.intoArray(sums, 9 * LANES);
    s22.intoArray(sums, 10 * LANES);
    s23.intoArray(sums, 11 * LANES);
    s30.intoArray(sums, 12 * LANES);
    s31.intoArray(sums, 13 * LANES);
    s32.intoArray(sums, 14 * LANES);
    s33.intoArray(sums, 15 * LANES);
  }

  /** What {@link #square} began: sums across lanes, and the steps of k beyond whole vectors. */
  static void addAcross(
      int k,
      float[] sums,
      Matrix x,
      int ix,
      Matrix y,
      int iy,
      float[] c,
      int ic,
      int xStep,
      int yStep,
      boolean add) {
    for (int r = 0; r < 4; r++, ix += x.rowStride(), ic += xStep) {
      int first = 4 * r * LANES;
      FloatVector row =
          acrossLanes(
              FloatVector.fromArray(F, sums, first),
              FloatVector.fromArray(F, sums, first + LANES),
              FloatVector.fromArray(F, sums, first + 2 * LANES),
              FloatVector.fromArray(F, sums, first + 3 * LANES));
      store(row.lane(0) + rest(k, x, ix, y, iy), c, ic, add);
      store(row.lane(2 * QUARTER) + rest(k, x, ix, y, iy + y.rowStride()), c, ic + yStep, add);
      store(row.lane(QUARTER) + rest(k, x, ix, y, iy + 2 * y.rowStride()), c, ic + 2 * yStep, add);
      store(
          row.lane(3 * QUARTER) + rest(k, x, ix, y, iy + 3 * y.rowStride()),
          c,
          ic + 3 * yStep,
          add);
    }
  }

  private static float rest(int k, Matrix x, int ix, Matrix y, int iy) {
    float sum = 0;
    for (int p = F.loopBound(k); p < k; p++) {
      sum += x.values()[ix + p] * y.values()[iy + p];
    }
    return sum;
  }

  private static void store(float sum, float[] c, int ic, boolean add) {
    c[ic] = add ? c[ic] + sum : sum;
  }

  /** The sum of the lanes, always in the same order. */
  private static float sum(FloatVector v) {
    if (NARROW_LANES >= 8) {
      v = v.add(v.rearrange(NARROW_HALF));
    }
    v = v.add(v.rearrange(NARROW_TWO));
    return v.lane(0) + v.lane(1);
  }

  private static FloatVector narrow(float[] x, int i) {
    return FloatVector.fromArray(NARROW, x, i);
  }

  /** Lane i takes what is in lane i + lanes. */
  private static VectorShuffle<Float> turn(int lanes) {
    return VectorShuffle.fromOp(F, i -> (i + lanes) % LANES);
  }

  /** Every second run of so many lanes. */
  private static VectorMask<Float> mask(int run) {
    boolean[] set = new boolean[LANES];
    for (int i = 0; i < LANES; i++) {
      set[i] = i / run % 2 == 1;
    }
    return VectorMask.fromArray(F, set, 0);
  }
}
