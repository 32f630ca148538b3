package org.rlhf4j.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Arrays;

/** Parts of libtorch's arrays along one axis, which share their memory: {@code narrow}. */
final class Slices {
  private Slices() {}

  static NDArray of(NDArray array, int axis, long from, long to) {
    if (from == 0 && to == array.getShape().get(axis)) {
      return array;
    }
    return JniUtils.slice((PtNDArray) array, axis, from, to, 1);
  }

  /** Writes into a part of an array. */
  static void set(NDArray array, int axis, long from, NDArray values) {
    long[] first = new long[array.getShape().dimension()];
    long[] end = array.getShape().getShape().clone();
    long[] step = new long[first.length];
    Arrays.fill(step, 1);
    first[axis] = from;
    end[axis] = from + values.getShape().get(axis);
    JniUtils.indexSet((PtNDArray) array, (PtNDArray) values, first, end, step);
  }
}
