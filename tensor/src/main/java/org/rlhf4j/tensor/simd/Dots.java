package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

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
      s0 = load(a, ia + p).fma(load(b, ib + p), s0);
      s1 = load(a, ia + p + LANES).fma(load(b, ib + p + LANES), s1);
      s2 = load(a, ia + p + 2 * LANES).fma(load(b, ib + p + 2 * LANES), s2);
      s3 = load(a, ia + p + 3 * LANES).fma(load(b, ib + p + 3 * LANES), s3);
    }
    for (; p <= k - LANES; p += LANES) {
      s0 = load(a, ia + p).fma(load(b, ib + p), s0);
    }
    if (p < k) {
      VectorMask<Float> rest = F.indexInRange(p, k);
      FloatVector last = FloatVector.fromArray(F, b, ib + p, rest);
      s1 = FloatVector.fromArray(F, a, ia + p, rest).fma(last, s1);
    }
    return Lanes.sum(s0.add(s1).add(s2.add(s3)));
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
      FloatVector shared = load(x, ix + p);
      s0 = shared.fma(load(y, iy + p), s0);
      s1 = shared.fma(load(y, y1 + p), s1);
      s2 = shared.fma(load(y, y2 + p), s2);
      s3 = shared.fma(load(y, y3 + p), s3);
    }
    if (p < k) {
      VectorMask<Float> rest = F.indexInRange(p, k);
      FloatVector shared = FloatVector.fromArray(F, x, ix + p, rest);
      s0 = shared.fma(FloatVector.fromArray(F, y, iy + p, rest), s0);
      s1 = shared.fma(FloatVector.fromArray(F, y, y1 + p, rest), s1);
      s2 = shared.fma(FloatVector.fromArray(F, y, y2 + p, rest), s2);
      s3 = shared.fma(FloatVector.fromArray(F, y, y3 + p, rest), s3);
    }
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
    store(sums.lane(0), c, ic, add);
    store(sums.lane(2 * QUARTER), c, ic + step, add);
    store(sums.lane(QUARTER), c, ic + 2 * step, add);
    store(sums.lane(3 * QUARTER), c, ic + 3 * step, add);
  }

  private static void store(float sum, float[] c, int ic, boolean add) {
    c[ic] = add ? c[ic] + sum : sum;
  }

  private static FloatVector load(float[] x, int i) {
    return FloatVector.fromArray(F, x, i);
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
