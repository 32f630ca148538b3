package org.rlhf4j.nn;

import org.rlhf4j.autograd.Variable;

/** A normalization over the last axis. */
public sealed interface Norm extends Layer permits RmsNorm, LayerNorm {
  /** {@return x normalized, same shape} */
  Variable apply(Variable x);
}
