package org.rlhf4j.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The dimensions of a dense row-major tensor: immutable, compared by value, printed as {@code [8,
 * 31]}. A scalar has rank 0 and size 1.
 */
public final class Shape {
  /** The largest number of elements: what a Java array can hold. */
  static final int MAXIMUM_SIZE = Integer.MAX_VALUE - 64;

  private static final Shape SCALAR = new Shape(new int[0], 1);

  private final int[] dims;
  private final int size;

  private Shape(int[] dims, int size) {
    this.dims = dims;
    this.size = size;
  }

  /**
   * {@return the shape with these dimensions, outermost first}
   *
   * @throws IllegalArgumentException if a dimension is negative or the product exceeds an int
   */
  public static Shape of(int... dims) {
    if (dims.length == 0) {
      return SCALAR;
    }
    long size = 1;
    for (int dim : dims) {
      if (dim < 0) {
        throw new IllegalArgumentException(
            "shape " + Arrays.toString(dims) + " has a negative dimension; all must be 0 or more");
      }
      size = Math.multiplyExact(size, dim);
      if (size > MAXIMUM_SIZE) {
        throw new IllegalArgumentException(
            "shape " + Arrays.toString(dims) + " has more than 2^31 elements; split the work");
      }
    }
    return new Shape(dims.clone(), (int) size);
  }

  /** {@return the shape of one number, rank 0} */
  public static Shape scalar() {
    return SCALAR;
  }

  public int rank() {
    return dims.length;
  }

  /** {@return the length of an axis; negative axes count from the end} */
  public int dim(int axis) {
    return dims[axis(axis)];
  }

  /** {@return the axis counted from the front; negative axes count from the end} */
  public int axis(int axis) {
    int positive = axis < 0 ? axis + dims.length : axis;
    if (positive < 0 || positive >= dims.length) {
      throw new IllegalArgumentException(
          "axis " + axis + " does not exist in shape " + this + " of rank " + dims.length);
    }
    return positive;
  }

  /** {@return the number of elements} */
  public int size() {
    return size;
  }

  /** {@return the length of the last axis, 1 for a scalar} */
  public int columns() {
    return dims.length == 0 ? 1 : dims[dims.length - 1];
  }

  /** {@return the product of all axes but the last} */
  public int rows() {
    int rows = 1;
    for (int i = 0; i < dims.length - 1; i++) {
      rows *= dims[i];
    }
    return rows;
  }

  /** {@return the product of the axes before {@code axis}} */
  public int outer(int axis) {
    int product = 1;
    for (int i = 0; i < axis(axis); i++) {
      product *= dims[i];
    }
    return product;
  }

  /** {@return the product of the axes after {@code axis}} */
  public int inner(int axis) {
    int product = 1;
    for (int i = axis(axis) + 1; i < dims.length; i++) {
      product *= dims[i];
    }
    return product;
  }

  /** {@return this shape with one axis of another length} */
  public Shape with(int axis, int length) {
    int[] changed = dims.clone();
    changed[axis(axis)] = length;
    return of(changed);
  }

  /** {@return this shape without its last axis} */
  public Shape dropLast() {
    if (dims.length == 0) {
      throw new IllegalArgumentException("a scalar has no last axis to drop");
    }
    return of(Arrays.copyOf(dims, dims.length - 1));
  }

  /** {@return a copy of the dimensions, outermost first} */
  public int[] dims() {
    return dims.clone();
  }

  /**
   * The one broadcasting rule: ranks are equal and an axis of 1 stretches to the other's length; a
   * scalar stretches to anything. Ranks are never padded, so {@code [8]} with {@code [8, 1]} is an
   * error and not an {@code [8, 8]}.
   *
   * @throws IllegalArgumentException if the shapes do not broadcast
   */
  public static Shape broadcast(Shape a, Shape b) {
    if (a.rank() == 0) {
      return b;
    }
    if (b.rank() == 0) {
      return a;
    }
    if (a.rank() != b.rank()) {
      throw new IllegalArgumentException(
          "shapes " + a + " and " + b + " have different ranks; reshape one of them");
    }
    int[] dims = new int[a.rank()];
    for (int i = 0; i < dims.length; i++) {
      if (a.dims[i] != b.dims[i] && a.dims[i] != 1 && b.dims[i] != 1) {
        throw new IllegalArgumentException(
            "shapes %s and %s do not broadcast: axis %d is %d and %d; lengths must be equal or 1"
                .formatted(a, b, i, a.dims[i], b.dims[i]));
      }
      dims[i] = a.dims[i] == 1 ? b.dims[i] : a.dims[i];
    }
    return of(dims);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  @Override
  public String toString() {
    return Arrays.stream(dims)
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(", ", "[", "]"));
  }
}
