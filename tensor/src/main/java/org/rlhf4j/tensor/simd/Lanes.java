package org.rlhf4j.tensor.simd;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** The vector shapes of this machine. */
final class Lanes {
  /** The widest float vector of at most 512 bits: 16 lanes, 8 with AVX2, 4 with NEON. */
  static final VectorSpecies<Float> F =
      FloatVector.SPECIES_PREFERRED.length() > 16
          ? FloatVector.SPECIES_512
          : FloatVector.SPECIES_PREFERRED;

  static final int LANES = F.length();

  /** Doubles of the same width, half as many lanes. */
  static final VectorSpecies<Double> D = VectorSpecies.of(double.class, F.vectorShape());

  static final int DOUBLE_LANES = D.length();

  /** As many floats as {@link #D} has doubles. */
  static final VectorSpecies<Float> HALF =
      VectorSpecies.of(float.class, VectorShape.forBitSize(F.vectorBitSize() / 2));

  /**
   * Vectors of at most 256 bits, for loops that only wait for memory. An array begins 16 bytes
   * after a multiple of 64 or anywhere, so nearly every load of 512 bits takes two lines of the
   * cache, of 256 bits every second one. The sum of two tensors of 4 MB in C, gcc -O3, on a Zen 5:
   * 142 microseconds where arrays begin with a line, 155 where they do not, 142 with 256 bits.
   */
  static final VectorSpecies<Float> NARROW = F.vectorBitSize() > 256 ? FloatVector.SPECIES_256 : F;

  static final int NARROW_LANES = NARROW.length();

  private static final VectorShuffle<Float> TURN_8 = turn(F, 8);
  private static final VectorShuffle<Float> TURN_4 = turn(F, 4);
  private static final VectorShuffle<Float> TURN_2 = turn(F, 2);
  private static final VectorShuffle<Double> DOUBLE_TURN_4 = turn(D, 4);
  private static final VectorShuffle<Double> DOUBLE_TURN_2 = turn(D, 2);

  /**
   * The least elements of a piece of a parallel loop whose elements are cheap. HandOffBenchmark, a
   * Zen 4 processor, fastest call of one thread over that of two: 0.94 at 2^15 elements in all,
   * 1.02 at 1.5 times as many, 1.16 at 2^16, which takes 4.5 microseconds, so that is where a loop
   * is divided.
   */
  static final int GRAIN = 1 << 15;

  private Lanes() {}

  /** {@return how many rows of {@code n} elements, each costing {@code cost}, are worth a piece} */
  static int grain(int n, int cost) {
    return (int) Math.max(1, GRAIN / Math.max(1, (long) n * cost));
  }

  /**
   * {@return the sum of the lanes, always in the same order}
   *
   * <p>{@code reduceLanes(ADD)} leaves the order open, and interpreted and compiled code differ.
   */
  static float sum(FloatVector v) {
    if (LANES >= 16) {
      v = v.add(v.rearrange(TURN_8));
    }
    if (LANES >= 8) {
      v = v.add(v.rearrange(TURN_4));
    }
    v = v.add(v.rearrange(TURN_2));
    return v.lane(0) + v.lane(1);
  }

  /** {@return the sum of the lanes, always in the same order} */
  static double sum(DoubleVector v) {
    if (DOUBLE_LANES >= 8) {
      v = v.add(v.rearrange(DOUBLE_TURN_4));
    }
    if (DOUBLE_LANES >= 4) {
      v = v.add(v.rearrange(DOUBLE_TURN_2));
    }
    return v.lane(0) + v.lane(1);
  }

  private static <T> VectorShuffle<T> turn(VectorSpecies<T> species, int lanes) {
    return VectorShuffle.fromOp(species, i -> (i + lanes) % species.length());
  }
}
