package org.rlhf4j.tensor;

/** Raw memory of one backend; {@link Tensor} gives it a shape. */
public interface Buffer {
  /** {@return how many elements fit; a pooled buffer may be longer than the tensor on it} */
  int length();
}
