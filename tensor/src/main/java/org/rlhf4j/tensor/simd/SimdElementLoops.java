package org.rlhf4j.tensor.simd;

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
      load(x, i).fma(slope, constant).intoArray(y, i);
    }
    if (i < to) {
      VectorMask<Float> rest = F.indexInRange(i, to);
      load(x, i, rest).fma(slope, constant).intoArray(y, i, rest);
    }
  }

  /** y[iy + i] += scale x[ix + i] for i below n. */
  static void addScaled(float[] x, int ix, float scale, float[] y, int iy, int n) {
    FloatVector slope = FloatVector.broadcast(F, scale);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      load(x, ix + i).fma(slope, load(y, iy + i)).intoArray(y, iy + i);
    }
    if (i < n) {
      VectorMask<Float> rest = F.indexInRange(i, n);
      load(x, ix + i, rest).fma(slope, load(y, iy + i, rest)).intoArray(y, iy + i, rest);
    }
  }

  static void masked(float[] x, float[] mask, float fill, float[] y, int from, int to) {
    int i = from;
    for (; i <= to - LANES; i += LANES) {
      VectorMask<Float> drop = load(mask, i).compare(VectorOperators.EQ, 0f);
      load(x, i).blend(fill, drop).intoArray(y, i);
    }
    if (i < to) {
      VectorMask<Float> rest = F.indexInRange(i, to);
      VectorMask<Float> drop = load(mask, i, rest).compare(VectorOperators.EQ, 0f);
      load(x, i, rest).blend(fill, drop).intoArray(y, i, rest);
    }
  }

  static void maskedBackward(float[] mask, float[] dy, float[] dx, int from, int to) {
    int i = from;
    for (; i <= to - LANES; i += LANES) {
      VectorMask<Float> keep = load(mask, i).compare(VectorOperators.NE, 0f);
      FloatVector old = load(dx, i);
      old.blend(old.add(load(dy, i)), keep).intoArray(dx, i);
    }
    if (i < to) {
      VectorMask<Float> rest = F.indexInRange(i, to);
      VectorMask<Float> keep = load(mask, i, rest).compare(VectorOperators.NE, 0f);
      load(dx, i, rest).add(load(dy, i, rest)).intoArray(dx, i, keep);
    }
  }

  static void swiGlu(float[] gate, float[] up, float[] y, int from, int to) {
    int i = from;
    for (; i <= to - LANES; i += LANES) {
      FloatVector g = load(gate, i);
      g.mul(VectorMath.sigmoid(g)).mul(load(up, i)).intoArray(y, i);
    }
    if (i < to) {
      VectorMask<Float> rest = F.indexInRange(i, to);
      FloatVector g = load(gate, i, rest);
      g.mul(VectorMath.sigmoid(g)).mul(load(up, i, rest)).intoArray(y, i, rest);
    }
  }

  static void swiGluBackward(
      float[] gate, float[] up, float[] dy, float[] dgate, float[] dup, int from, int to) {
    int i = from;
    for (; i <= to - LANES; i += LANES) {
      FloatVector g = load(gate, i);
      FloatVector d = load(dy, i);
      FloatVector s = VectorMath.sigmoid(g);
      g.mul(s).fma(d, load(dup, i)).intoArray(dup, i);
      VectorMath.siluSlope(g, s).mul(load(up, i)).fma(d, load(dgate, i)).intoArray(dgate, i);
    }
    if (i < to) {
      VectorMask<Float> rest = F.indexInRange(i, to);
      FloatVector g = load(gate, i, rest);
      FloatVector d = load(dy, i, rest);
      FloatVector s = VectorMath.sigmoid(g);
      g.mul(s).fma(d, load(dup, i, rest)).intoArray(dup, i, rest);
      FloatVector slope = VectorMath.siluSlope(g, s).mul(load(up, i, rest));
      slope.fma(d, load(dgate, i, rest)).intoArray(dgate, i, rest);
    }
  }

  private static FloatVector load(float[] x, int i) {
    return FloatVector.fromArray(F, x, i);
  }

  private static FloatVector load(float[] x, int i, VectorMask<Float> inside) {
    return FloatVector.fromArray(F, x, i, inside);
  }
}
