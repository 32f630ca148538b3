package org.rlhf4j.cuda.ptx;

/** Extent of a grid or a block; {@code x} runs fastest. */
public record Dim(int x, int y, int z) {
  public Dim {
    if (x < 1 || y < 1 || z < 1) {
      throw new IllegalArgumentException(
          "each extent must be at least 1, got (" + x + ", " + y + ", " + z + ")");
    }
  }

  public static Dim of(int x) {
    return new Dim(x, 1, 1);
  }

  public static Dim of(int x, int y) {
    return new Dim(x, y, 1);
  }

  /** The number of blocks or threads; a long because a grid may exceed an int. */
  public long count() {
    return (long) x * y * z;
  }

  /** The coordinates of a linear index, as {@code (x, y, z)}. */
  String place(long index) {
    return "(" + index % x + ", " + index / x % y + ", " + index / ((long) x * y) + ")";
  }

  @Override
  public String toString() {
    return "(" + x + ", " + y + ", " + z + ")";
  }
}
