package org.rlhf4j.tensor;

import java.util.ArrayList;
import java.util.List;

/**
 * An owner of tensors: what it hands out lives until it closes, like memory of an arena. A step's
 * intermediates belong to the workspace of its tape, a model's parameters to one that lives as long
 * as the model.
 */
public final class Workspace implements AutoCloseable {
  private final Pool pool;
  private final List<Allocation> allocations = new ArrayList<>();
  private boolean closed;

  public Workspace(Pool pool) {
    this.pool = pool;
  }

  public Backend backend() {
    return pool.backend();
  }

  public Pool pool() {
    return pool;
  }

  /** {@return a tensor whose elements are arbitrary until written} */
  public Tensor empty(Shape shape) {
    if (closed) {
      throw new IllegalStateException(
          "cannot make a tensor " + shape + ": the workspace is closed");
    }
    Allocation allocation = new Allocation(pool, pool.take(shape.size()));
    allocations.add(allocation);
    return new Tensor(shape, allocation);
  }

  /** {@return a tensor of one value} */
  public Tensor full(Shape shape, double value) {
    Tensor tensor = empty(shape);
    backend().elements().fill(tensor, value);
    return tensor;
  }

  public Tensor zeros(Shape shape) {
    return full(shape, 0);
  }

  /** {@return a tensor with these elements in row-major order} */
  public Tensor of(Shape shape, double... values) {
    Tensor tensor = empty(shape);
    tensor.set(values);
    return tensor;
  }

  /** {@return a tensor with these elements in row-major order} */
  public Tensor of(Shape shape, float[] values) {
    Tensor tensor = empty(shape);
    tensor.set(values);
    return tensor;
  }

  /** Gives one tensor's memory back before the workspace closes. */
  public void release(Tensor tensor) {
    tensor.buffer(); // a second release is an error and says so
    tensor.allocation().release();
  }

  /**
   * Gives all memory back, the last first, so that a step that comes again gets the same buffers.
   *
   * @throws IllegalStateException if it is closed already, which is a bug in the caller
   */
  @Override
  public void close() {
    if (closed) {
      throw new IllegalStateException("the workspace is already closed");
    }
    closed = true;
    for (Allocation allocation : allocations.reversed()) {
      if (!allocation.released()) {
        allocation.release();
      }
    }
    allocations.clear();
  }
}
