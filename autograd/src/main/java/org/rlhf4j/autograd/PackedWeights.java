package org.rlhf4j.autograd;

import java.util.IdentityHashMap;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.Workspace;

/**
 * Weights as the backend multiplies by them fastest, for steps without gradient between which no
 * weight changes, such as those of a generation. A weight is packed when it is first used; the
 * copies live until this closes.
 */
public final class PackedWeights implements AutoCloseable {
  private final Workspace workspace;
  private final IdentityHashMap<Tensor, Tensor> packed = new IdentityHashMap<>();

  /**
   * @param pool where the copies live
   */
  public PackedWeights(Pool pool) {
    workspace = new Workspace(pool);
  }

  /** {@return the weight {@code [out, in]}, packed, which must stay as it is until this closes} */
  public Tensor of(Tensor weight) {
    return packed.computeIfAbsent(weight, w -> workspace.backend().matrices().pack(w, workspace));
  }

  @Override
  public void close() {
    workspace.close();
  }
}
