package org.rlhf4j.tensor.simd;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The vector shapes of this machine. */
final class Lanes {
  /** The widest float vector: 16 lanes with AVX-512, 8 with AVX2, 4 with NEON. */
  static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;

  static final int LANES = F.length();

  /** Doubles of the same width, half as many lanes. */
  static final VectorSpecies<Double> D = DoubleVector.SPECIES_PREFERRED;

  static final int DOUBLE_LANES = D.length();

  /** As many floats as {@link #D} has doubles. */
  static final VectorSpecies<Float> HALF =
      VectorSpecies.of(float.class, VectorShape.forBitSize(F.vectorBitSize() / 2));

  /** The least elements of a cheap elementwise loop that are worth a thread's while. */
  static final int GRAIN = 1 << 15;

  private Lanes() {}

  /**
   * {@return how many rows of {@code n} elements, each costing {@code cost}, are worth a thread}
   */
  static int grain(int n, int cost) {
    return (int) Math.max(1, GRAIN / Math.max(1, (long) n * cost));
  }

  /** {@return DOUBLE_LANES floats from index i, widened} */
  static DoubleVector doubles(float[] x, int i) {
    return (DoubleVector) FloatVector.fromArray(HALF, x, i).convertShape(VectorOperators.F2D, D, 0);
  }
}
