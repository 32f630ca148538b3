package org.rlhf4j.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.transformer.DecoderConfig;

/** Keys and values of the columns so far, in arrays as long as they will become. */
final class TorchCache {
  private static final int TIME = 2;

  private final List<NDArray> keys = new ArrayList<>();
  private final List<NDArray> values = new ArrayList<>();
  private long length;

  TorchCache(NDManager manager, DecoderConfig config, int batch, int time) {
    Shape shape = new Shape(batch, config.heads(), time, config.headDim());
    for (int layer = 0; layer < config.layers(); layer++) {
      keys.add(manager.zeros(shape));
      values.add(manager.zeros(shape));
    }
  }

  /** {@return the columns that all layers have} */
  long length() {
    return length;
  }

  /** {@return all keys of a layer, with these new ones} */
  NDArray keys(int layer, NDArray added) {
    return extended(keys.get(layer), added);
  }

  /** {@return all values of a layer, with these new ones} */
  NDArray values(int layer, NDArray added) {
    return extended(values.get(layer), added);
  }

  private NDArray extended(NDArray all, NDArray added) {
    Slices.set(all, TIME, length, added);
    return Slices.of(all, TIME, 0, length + added.getShape().get(TIME));
  }

  /** All layers have so many columns more. */
  void advance(long columns) {
    length += columns;
  }
}
