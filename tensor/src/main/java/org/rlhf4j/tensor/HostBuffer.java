package org.rlhf4j.tensor;

/**
 * Memory that Java can index. Two kinds only, so that the reference loops, written once against
 * {@code get} and {@code set}, stay fast: precision belongs to the backend, not to a data type.
 */
public sealed interface HostBuffer extends Buffer permits FloatArray, DoubleArray {
  double get(int index);

  void set(int index, double value);

  /** Adds to one element; the sum is rounded to the precision of the buffer. */
  default void add(int index, double value) {
    set(index, get(index) + value);
  }
}
