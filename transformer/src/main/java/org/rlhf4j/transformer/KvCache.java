package org.rlhf4j.transformer;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.tensor.kernel.AttentionKernels;
import org.rlhf4j.tensor.kernel.Positions;

/**
 * Keys and values of the columns generated so far, so that each new token costs one column of work.
 * For tapes without gradient.
 */
public final class KvCache implements KeyValueStore, AutoCloseable {
  private final Workspace workspace;
  private final int capacity;
  private final AttentionKernels kernels;
  private final List<Tensor> keys = new ArrayList<>();
  private final List<Tensor> values = new ArrayList<>();
  private int length;

  /**
   * @param capacity most columns, prompt and continuation together
   */
  public KvCache(DecoderConfig config, int batch, int capacity, Pool pool) {
    workspace = new Workspace(pool);
    this.capacity = capacity;
    kernels = pool.backend().attention();
    Shape columns = Shape.of(batch, capacity, config.keyValueHeads(), config.headDim());
    for (int layer = 0; layer < config.layers(); layer++) {
      // zeros: columns not yet written must not hold a NaN of an earlier use
      keys.add(workspace.zeros(kernels.cacheShape(columns)));
      values.add(workspace.zeros(kernels.cacheShape(columns)));
    }
  }

  /** {@return how many columns are written} */
  public int length() {
    return length;
  }

  @Override
  public Variable attend(
      int layer, Variable queries, Variable newKeys, Variable newValues, Positions positions) {
    Tape tape = queries.tape();
    if (tape.isRecording()) {
      throw new IllegalStateException("a KV cache holds no gradient; use Tape.noGrad");
    }
    Shape q = queries.shape();
    int end = length + q.dim(1);
    if (end > capacity) {
      throw new IllegalStateException(
          "the KV cache holds %d columns; column %d does not fit".formatted(capacity, end));
    }
    kernels.append(newKeys.value(), keys.get(layer), length);
    kernels.append(newValues.value(), values.get(layer), length);
    Tensor out = tape.workspace().empty(q);
    Tensor lse = tape.workspace().empty(Shape.of(q.dim(0), q.dim(2), q.dim(1)));
    double scale = 1 / Math.sqrt(q.dim(3));
    kernels.cachedAttention(
        queries.value(), keys.get(layer), values.get(layer), positions, scale, out, lse);
    return tape.constant(out);
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
