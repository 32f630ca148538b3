package org.rlhf4j.transformer;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.autograd.op.CausalAttention;
import org.rlhf4j.tensor.kernel.Positions;

/** Where attention finds the keys and values of earlier columns. */
@FunctionalInterface
public interface KeyValueStore {
  /** Training: there is nothing earlier than this batch. */
  KeyValueStore NONE =
      (_, queries, keys, values, positions) -> CausalAttention.of(queries, keys, values, positions);

  /**
   * {@return what the queries of the new columns read from all columns up to their own, shape of
   * the queries}
   *
   * @param layer whose earlier columns these follow
   * @param queries shape {@code [batch, time, heads, headDim]}
   * @param keys of the new columns, {@code [batch, time, keyValueHeads, headDim]}
   * @param values shape of the keys
   * @param positions of the queries
   */
  Variable attend(int layer, Variable queries, Variable keys, Variable values, Positions positions);
}
