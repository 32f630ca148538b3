package org.rlhf4j.transformer;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;

/**
 * Keys and values of the columns generated so far, so that each new token costs one column of work.
 * For tapes without gradient.
 */
public final class KvCache implements KeyValueStore, AutoCloseable {
  private final Workspace workspace;
  private final List<Tensor> keys = new ArrayList<>();
  private final List<Tensor> values = new ArrayList<>();
  private int length;

  /**
   * @param capacity most columns, prompt and continuation together
   */
  public KvCache(DecoderConfig config, int batch, int capacity, Pool pool) {
    workspace = new Workspace(pool);
    Shape shape = Shape.of(batch, capacity, config.keyValueHeads(), config.headDim());
    for (int layer = 0; layer < config.layers(); layer++) {
      // zeros: columns not yet written must not hold a NaN of an earlier use
      keys.add(workspace.zeros(shape));
      values.add(workspace.zeros(shape));
    }
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public KeysValues extend(int layer, Variable newKeys, Variable newValues) {
    Tape tape = newKeys.tape();
    if (tape.isRecording()) {
      throw new IllegalStateException("a KV cache holds no gradient; use Tape.noGrad");
    }
    append(newKeys, keys.get(layer));
    append(newValues, values.get(layer));
    return new KeysValues(tape.constant(keys.get(layer)), tape.constant(values.get(layer)));
  }

  private void append(Variable columns, Tensor cache) {
    int end = length + columns.shape().dim(1);
    if (end > cache.shape().dim(1)) {
      throw new IllegalStateException(
          "the KV cache holds %d columns; column %d does not fit"
              .formatted(cache.shape().dim(1), end));
    }
    cache.backend().attention().append(columns.value(), cache, length);
  }

  /** Marks columns as written, once all layers have been extended by them. */
  void advance(int columns) {
    length += columns;
  }

  @Override
  public void close() {
    workspace.close();
  }
}
