package org.rlhf4j.tensor.kernel;

import org.rlhf4j.tensor.Shape;

/** Where the elements of an operand lie when it is stretched to a larger shape of equal rank. */
public final class Broadcast {
  private final int[] dims;
  private final int[] strides;

  /**
   * @param operand a shape that broadcasts to {@code out}; a scalar does to all
   */
  public Broadcast(Shape operand, Shape out) {
    dims = out.dims();
    strides = new int[dims.length];
    if (operand.rank() > 0) {
      int stride = 1;
      for (int axis = dims.length - 1; axis >= 0; axis--) {
        strides[axis] = operand.dim(axis) == 1 ? 0 : stride;
        stride *= operand.dim(axis);
      }
    }
  }

  /** {@return the operand's index for a flat index of the stretched shape} */
  public int index(int flat) {
    int index = 0;
    for (int axis = dims.length - 1; axis >= 0; axis--) {
      index += strides[axis] * (flat % dims[axis]);
      flat /= dims[axis];
    }
    return index;
  }
}
