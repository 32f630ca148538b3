package org.rlhf4j.tensor;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Memory that goes round: buffers given back are lent again, so that a training loop reaches a
 * steady state in which nothing is allocated. Lengths are rounded up to a size class (eight to an
 * octave, at most 12.5 % unused) so that batches of slightly different lengths share buffers. For
 * one thread.
 */
public final class Pool implements AutoCloseable {
  private final Backend backend;
  private final NavigableMap<Integer, Deque<Buffer>> free = new TreeMap<>();
  private long allocations;
  private long allocatedElements;
  private int lent;

  public Pool(Backend backend) {
    this.backend = backend;
  }

  public Backend backend() {
    return backend;
  }

  /** {@return how many buffers were ever allocated; constant in a steady state} */
  public long allocations() {
    return allocations;
  }

  /** {@return how many elements were ever allocated} */
  public long allocatedElements() {
    return allocatedElements;
  }

  /** {@return how many buffers are out on loan} */
  public int lent() {
    return lent;
  }

  Buffer take(int length) {
    int sizeClass = sizeClass(length);
    lent++;
    Deque<Buffer> exact = free.get(sizeClass);
    if (exact != null && !exact.isEmpty()) {
      return exact.pop();
    }
    // a free buffer of up to twice the size is better than a new one: lengths of batches vary
    int largest = (int) Math.min(Integer.MAX_VALUE, 2L * sizeClass);
    for (Deque<Buffer> available : free.subMap(sizeClass, true, largest, true).values()) {
      if (!available.isEmpty()) {
        return available.pop();
      }
    }
    allocations++;
    allocatedElements += sizeClass;
    return backend.allocate(sizeClass);
  }

  void give(Buffer buffer) {
    lent--;
    free.computeIfAbsent(buffer.length(), _ -> new ArrayDeque<>()).push(buffer);
  }

  static int sizeClass(int length) {
    if (length <= 16) {
      return 16;
    }
    int step = Integer.highestOneBit(length - 1) >> 3;
    long rounded = (long) Math.ceilDiv(length, step) * step;
    return (int) Math.min(rounded, Shape.MAXIMUM_SIZE);
  }

  /** Returns the free buffers to the backend; loans must have ended. */
  @Override
  public void close() {
    if (lent != 0) {
      throw new IllegalStateException(
          lent + " buffers are still on loan; close their workspaces and tapes first");
    }
    free.values().forEach(buffers -> buffers.forEach(backend::free));
    free.clear();
  }
}
