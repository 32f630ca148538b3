package org.rlhf4j.tensor.simd;

/**
 * Arrays that the kernels of one thread use again and again, so that a step allocates none. A
 * kernel numbers its arrays from 0; since kernels do not call each other, all numbers are its own.
 * Contents are whatever the last kernel left.
 */
final class Scratch {
  /** The most arrays that a kernel needs: the backward of attention. */
  private static final int ARRAYS = 14;

  private final float[][] floats = new float[ARRAYS][0];
  private double[] doubles = new double[0];

  /** {@return array number {@code index}, of at least this length} */
  float[] floats(int index, int length) {
    if (floats[index].length < length) {
      floats[index] = new float[length];
    }
    return floats[index];
  }

  /** {@return the one array of doubles, of at least this length} */
  double[] doubles(int length) {
    if (doubles.length < length) {
      doubles = new double[length];
    }
    return doubles;
  }
}
