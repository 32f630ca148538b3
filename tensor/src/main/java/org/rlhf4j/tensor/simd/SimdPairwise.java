package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.NARROW;
import static org.rlhf4j.tensor.simd.Lanes.NARROW_LANES;

import jdk.incubator.vector.FloatVector;
import org.rlhf4j.tensor.kernel.Pairwise;

/** The table {@link Pairwise} on runs of consecutive elements, a loop each. */
final class SimdPairwise {
  private SimdPairwise() {}

  /** y[iy + i] = f(a[ia + i], b[ib + i]) for i below n. */
  static void run(Pairwise f, float[] a, int ia, float[] b, int ib, float[] y, int iy, int n) {
    int whole = NARROW.loopBound(n);
    switch (f) {
      case ADD -> add(a, ia, b, ib, y, iy, whole);
      case SUB -> sub(a, ia, b, ib, y, iy, whole);
      case MUL -> mul(a, ia, b, ib, y, iy, whole);
      case DIV -> div(a, ia, b, ib, y, iy, whole);
      case MAX -> max(a, ia, b, ib, y, iy, whole);
      case MIN -> min(a, ia, b, ib, y, iy, whole);
    }
    // plain arithmetic rounds as the vectors do
    for (int i = whole; i < n; i++) {
      y[iy + i] = (float) f.apply(a[ia + i], b[ib + i]);
    }
  }

  private static void add(float[] left, int ia, float[] right, int ib, float[] y, int iy, int n) {
    for (int i = 0; i < n; i += NARROW_LANES) {
      FloatVector a = FloatVector.fromArray(NARROW, left, ia + i);
      FloatVector b = FloatVector.fromArray(NARROW, right, ib + i);
      a.add(b).intoArray(y, iy + i);
    }
  }

  private static void sub(float[] left, int ia, float[] right, int ib, float[] y, int iy, int n) {
    for (int i = 0; i < n; i += NARROW_LANES) {
      FloatVector a = FloatVector.fromArray(NARROW, left, ia + i);
      FloatVector b = FloatVector.fromArray(NARROW, right, ib + i);
      a.sub(b).intoArray(y, iy + i);
    }
  }

  private static void mul(float[] left, int ia, float[] right, int ib, float[] y, int iy, int n) {
    for (int i = 0; i < n; i += NARROW_LANES) {
      FloatVector a = FloatVector.fromArray(NARROW, left, ia + i);
      FloatVector b = FloatVector.fromArray(NARROW, right, ib + i);
      a.mul(b).intoArray(y, iy + i);
    }
  }

  private static void div(float[] left, int ia, float[] right, int ib, float[] y, int iy, int n) {
    for (int i = 0; i < n; i += NARROW_LANES) {
      FloatVector a = FloatVector.fromArray(NARROW, left, ia + i);
      FloatVector b = FloatVector.fromArray(NARROW, right, ib + i);
      a.div(b).intoArray(y, iy + i);
    }
  }

  private static void max(float[] left, int ia, float[] right, int ib, float[] y, int iy, int n) {
    for (int i = 0; i < n; i += NARROW_LANES) {
      FloatVector a = FloatVector.fromArray(NARROW, left, ia + i);
      FloatVector b = FloatVector.fromArray(NARROW, right, ib + i);
      a.max(b).intoArray(y, iy + i);
    }
  }

  private static void min(float[] left, int ia, float[] right, int ib, float[] y, int iy, int n) {
    for (int i = 0; i < n; i += NARROW_LANES) {
      FloatVector a = FloatVector.fromArray(NARROW, left, ia + i);
      FloatVector b = FloatVector.fromArray(NARROW, right, ib + i);
      a.min(b).intoArray(y, iy + i);
    }
  }
}
