package org.rlhf4j.tensor;

/** A buffer on loan from a pool; tensors that are reshapes of each other share one. */
final class Allocation {
  private final Pool pool;
  private final Buffer buffer;
  private boolean released;

  Allocation(Pool pool, Buffer buffer) {
    this.pool = pool;
    this.buffer = buffer;
  }

  Backend backend() {
    return pool.backend();
  }

  Buffer buffer(Shape shape) {
    if (released) {
      throw new IllegalStateException(
          "tensor " + shape + " was used after its workspace gave the memory back");
    }
    return buffer;
  }

  boolean released() {
    return released;
  }

  void release() {
    released = true;
    pool.give(buffer);
  }
}
