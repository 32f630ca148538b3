package org.rlhf4j.cuda.ptx;

/**
 * A parameter, or an array in shared, local, global or constant memory.
 *
 * @param offset place in its space, in bytes
 * @param bytes size; 0 for the dynamic shared array {@code .extern .shared}
 */
public record Variable(String name, Space space, Type type, int offset, int bytes) {
  /** Where a variable lives. */
  public enum Space {
    PARAM,
    SHARED,
    LOCAL
  }
}
