package org.rlhf4j.tensor.simd;

import static jdk.incubator.vector.VectorOperators.FMA;
import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** The loops of {@link SimdElements}; what is left of a run after whole vectors is masked. */
final class SimdElementLoops {
  private SimdElementLoops() {}

  static void affine(float[] x, float scale, float shift, float[] y, int from, int to) {
    FloatVector constant = FloatVector.broadcast(F, shift);
    FloatVector slope = FloatVector.broadcast(F, scale);
    int i = from;
    for (; i <= to - LANES; i += LANES) {
      FloatVector.fromArray(F, x, i).fma(slope, constant).intoArray(y, i);
    }
    if (i < to) {
      VectorMask<Float> rest = F.indexInRange(i, to);
      FloatVector.fromArray(F, x, i, rest).fma(slope, constant).intoArray(y, i, rest);
    }
  }

  /** y[iy + i] += scale x[ix + i] for i below n. */
  static void addScaled(float[] x, int ix, float scale, float[] y, int iy, int n) {
    FloatVector slope = FloatVector.broadcast(F, scale);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector.fromArray(F, x, ix + i)
          .fma(slope, FloatVector.fromArray(F, y, iy + i))
          .intoArray(y, iy + i);
    }
    if (i < n) {
      VectorMask<Float> rest = F.indexInRange(i, n);
      FloatVector.fromArray(F, x, ix + i, rest)
          .fma(slope, FloatVector.fromArray(F, y, iy + i, rest))
          .intoArray(y, iy + i, rest);
    }
  }

  static void masked(float[] x, float[] mask, float fill, float[] y, int from, int to) {
    int i = from;
    for (; i <= to - LANES; i += LANES) {
      VectorMask<Float> drop = FloatVector.fromArray(F, mask, i).compare(VectorOperators.EQ, 0f);
      FloatVector.fromArray(F, x, i).blend(fill, drop).intoArray(y, i);
    }
    if (i < to) {
      VectorMask<Float> rest = F.indexInRange(i, to);
      VectorMask<Float> drop =
          FloatVector.fromArray(F, mask, i, rest).compare(VectorOperators.EQ, 0f);
      FloatVector.fromArray(F, x, i, rest).blend(fill, drop).intoArray(y, i, rest);
    }
  }

  static void maskedBackward(float[] mask, float[] dy, float[] dx, int from, int to) {
    int i = from;
    for (; i <= to - LANES; i += LANES) {
      VectorMask<Float> keep = FloatVector.fromArray(F, mask, i).compare(VectorOperators.NE, 0f);
      FloatVector old = FloatVector.fromArray(F, dx, i);
      old.blend(old.add(FloatVector.fromArray(F, dy, i)), keep).intoArray(dx, i);
    }
    if (i < to) {
      VectorMask<Float> rest = F.indexInRange(i, to);
      VectorMask<Float> keep =
          FloatVector.fromArray(F, mask, i, rest).compare(VectorOperators.NE, 0f);
      FloatVector.fromArray(F, dx, i, rest)
          .add(FloatVector.fromArray(F, dy, i, rest))
          .intoArray(dx, i, keep);
    }
  }

  static void swiGlu(float[] gate, float[] up, float[] y, int from, int to) {
    int i = from;
    for (; i <= to - LANES; i += LANES) {
      FloatVector g = FloatVector.fromArray(F, gate, i);
      g.mul(VectorMath.sigmoid(g)).mul(FloatVector.fromArray(F, up, i)).intoArray(y, i);
    }
    if (i < to) {
      lastOfSwiGlu(gate, up, y, i, to);
    }
  }

  private static void lastOfSwiGlu(float[] gate, float[] up, float[] y, int i, int to) {
    VectorMask<Float> rest = F.indexInRange(i, to);
    FloatVector g = FloatVector.fromArray(F, gate, i, rest);
    FloatVector s = VectorMath.sigmoid(g);
    g.mul(s).mul(FloatVector.fromArray(F, up, i, rest)).intoArray(y, i, rest);
  }

  static void swiGluBackward(
      float[] gate, float[] up, float[] dy, float[] dgate, float[] dup, int from, int to) {
    int i = from;
    for (; i <= to - LANES; i += LANES) {
      FloatVector g = FloatVector.fromArray(F, gate, i);
      FloatVector s = VectorMath.sigmoid(g);
      FloatVector d = FloatVector.fromArray(F, dy, i);
      g.mul(s).fma(d, FloatVector.fromArray(F, dup, i)).intoArray(dup, i);
      FloatVector slope = s.mul(g.lanewise(FMA, FloatVector.broadcast(F, 1f).sub(s), 1f));
      slope = slope.mul(FloatVector.fromArray(F, up, i));
      slope.fma(d, FloatVector.fromArray(F, dgate, i)).intoArray(dgate, i);
    }
    if (i < to) {
      lastOfSwiGluBackward(gate, up, dy, dgate, dup, i, to);
    }
  }

  private static void lastOfSwiGluBackward(
      float[] gate, float[] up, float[] dy, float[] dgate, float[] dup, int i, int to) {
    VectorMask<Float> rest = F.indexInRange(i, to);
    FloatVector g = FloatVector.fromArray(F, gate, i, rest);
    FloatVector s = VectorMath.sigmoid(g);
    FloatVector d = FloatVector.fromArray(F, dy, i, rest);
    g.mul(s).fma(d, FloatVector.fromArray(F, dup, i, rest)).intoArray(dup, i, rest);
    FloatVector slope = s.mul(g.lanewise(FMA, FloatVector.broadcast(F, 1f).sub(s), 1f));
    slope = slope.mul(FloatVector.fromArray(F, up, i, rest));
    slope.fma(d, FloatVector.fromArray(F, dgate, i, rest)).intoArray(dgate, i, rest);
  }
}
