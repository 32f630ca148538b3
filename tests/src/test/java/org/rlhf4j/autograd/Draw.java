package org.rlhf4j.autograd;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;

/** Random inputs of an op, from dimensions and a seed that the property chose. */
final class Draw {
  final RandomGenerator random;
  private final Workspace workspace;
  private final int[] dims;
  private final int rank;

  /**
   * @param dims four lengths to build shapes from
   * @param rank how many of them {@link #shape} has
   */
  Draw(Workspace workspace, int[] dims, int rank, long seed) {
    this.workspace = workspace;
    this.dims = dims.clone();
    this.rank = rank;
    random = new RandomKey(seed).generator();
  }

  int dim(int index) {
    return dims[index];
  }

  /** A shape of the rank that the property chose, 0 to 4. */
  Shape shape() {
    return Shape.of(Arrays.copyOf(dims, rank));
  }

  /** A shape with these last axes after as many leading axes as the property chose, at most two. */
  Shape shapeEndingWith(int... last) {
    int leading = Math.min(2, rank);
    int[] all = Arrays.copyOf(dims, leading + last.length);
    System.arraycopy(last, 0, all, leading, last.length);
    return Shape.of(all);
  }

  /** What broadcasts to {@code shape}: some axes 1, or a scalar. */
  Shape broadcastingTo(Shape shape) {
    if (random.nextInt(5) == 0) {
      return Shape.scalar();
    }
    int[] some = shape.dims();
    for (int axis = 0; axis < some.length; axis++) {
      some[axis] = random.nextInt(3) == 0 ? 1 : some[axis];
    }
    return Shape.of(some);
  }

  Tensor between(double low, double high, Shape shape) {
    return workspace.of(shape, random.doubles(shape.size(), low, high).toArray());
  }

  /** Standard inputs: the interval [-2, 2). */
  Tensor values(Shape shape) {
    return between(-2, 2, shape);
  }

  /** Numbers of either sign whose distance from 0 is in [low, high). */
  Tensor awayFromZero(double low, double high, Shape shape) {
    double[] values = random.doubles(shape.size(), low, high).toArray();
    for (int i = 0; i < values.length; i++) {
      values[i] *= random.nextBoolean() ? 1 : -1;
    }
    return workspace.of(shape, values);
  }

  /**
   * Numbers within 0.05 of {@code offset} plus a multiple of 0.4: drawn with offsets 0 and 0.2, two
   * tensors have no tie, and none comes about within a step of a difference.
   */
  Tensor onGrid(double offset, Shape shape) {
    double[] values = new double[shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = offset + 0.4 * random.nextInt(-4, 5) + random.nextDouble(-0.05, 0.05);
    }
    return workspace.of(shape, values);
  }

  /** Zeros and ones. */
  Tensor mask(Shape shape) {
    return workspace.of(shape, random.ints(shape.size(), 0, 2).asDoubleStream().toArray());
  }

  /** Ids in [low, high). */
  int[] ids(int count, int low, int high) {
    return random.ints(count, low, high).toArray();
  }
}
