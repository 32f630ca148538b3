package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.rlhf4j.tensor.kernel.Pairwise;

/** The slopes of the table {@link Pairwise} on runs of consecutive elements. */
final class SimdPairwiseBackward {
  private SimdPairwiseBackward() {}

  /** d[i + k] += dy[i + k] df/da or df/db at (a[ia + k], b[ib + k]) for k below n. */
  static void run(
      Pairwise f,
      boolean ofLeft,
      float[] a,
      int ia,
      float[] b,
      int ib,
      float[] dy,
      float[] d,
      int i,
      int n) {
    int whole = F.loopBound(n);
    switch (f) {
      case ADD -> addScaled(1, dy, d, i, whole);
      case SUB -> addScaled(ofLeft ? 1 : -1, dy, d, i, whole);
      case MUL -> addProduct(ofLeft ? b : a, ofLeft ? ib : ia, dy, d, i, whole);
      case DIV -> {
        if (ofLeft) {
          addQuotient(b, ib, dy, d, i, whole);
        } else {
          subtractQuotient(a, ia, b, ib, dy, d, i, whole);
        }
      }
      case MAX -> addWhereNotLess(a, ia, b, ib, ofLeft, dy, d, i, whole);
      case MIN -> addWhereNotLess(b, ib, a, ia, ofLeft, dy, d, i, whole);
    }
    for (int k = whole; k < n; k++) {
      float x = a[ia + k];
      float y = b[ib + k];
      d[i + k] += (float) (dy[i + k] * (ofLeft ? f.slopeLeft(x, y) : f.slopeRight(x, y)));
    }
  }

  private static void addScaled(float scale, float[] dy, float[] d, int i, int n) {
    for (int k = i; k < i + n; k += LANES) {
      FloatVector.fromArray(F, dy, k)
          .mul(scale)
          .add(FloatVector.fromArray(F, d, k))
          .intoArray(d, k);
    }
  }

  private static void addProduct(float[] other, int io, float[] dy, float[] d, int i, int n) {
    for (int k = 0; k < n; k += LANES) {
      FloatVector.fromArray(F, dy, i + k)
          .fma(FloatVector.fromArray(F, other, io + k), FloatVector.fromArray(F, d, i + k))
          .intoArray(d, i + k);
    }
  }

  private static void addQuotient(float[] b, int ib, float[] dy, float[] d, int i, int n) {
    for (int k = 0; k < n; k += LANES) {
      FloatVector.fromArray(F, dy, i + k)
          .div(FloatVector.fromArray(F, b, ib + k))
          .add(FloatVector.fromArray(F, d, i + k))
          .intoArray(d, i + k);
    }
  }

  private static void subtractQuotient(
      float[] a, int ia, float[] b, int ib, float[] dy, float[] d, int i, int n) {
    for (int k = 0; k < n; k += LANES) {
      FloatVector divisor = FloatVector.fromArray(F, b, ib + k);
      FloatVector slope = FloatVector.fromArray(F, a, ia + k).div(divisor).div(divisor);
      FloatVector.fromArray(F, d, i + k)
          .sub(FloatVector.fromArray(F, dy, i + k).mul(slope))
          .intoArray(d, i + k);
    }
  }

  /**
   * d += dy where x >= y, or, for the right operand, where not: a tie, and only a tie or a win,
   * gives the gradient to the left operand.
   */
  private static void addWhereNotLess(
      float[] x, int ix, float[] y, int iy, boolean ofLeft, float[] dy, float[] d, int i, int n) {
    for (int k = 0; k < n; k += LANES) {
      VectorMask<Float> notLess =
          FloatVector.fromArray(F, x, ix + k)
              .compare(VectorOperators.GE, FloatVector.fromArray(F, y, iy + k));
      FloatVector old = FloatVector.fromArray(F, d, i + k);
      FloatVector sum = old.add(FloatVector.fromArray(F, dy, i + k));
      (ofLeft ? old.blend(sum, notLess) : sum.blend(old, notLess)).intoArray(d, i + k);
    }
  }
}
