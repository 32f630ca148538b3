package org.rlhf4j.rlhf.train;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.rlhf.LossOutput;

/**
 * What a stage minimises.
 *
 * @param <B> a micro-batch
 */
@FunctionalInterface
public interface Objective<B> {
  /** {@return the loss of a micro-batch, averaged over its own weight} */
  LossOutput loss(Tape tape, B batch);

  /**
   * {@return how much a micro-batch counts, such as its tokens; known before the forward pass, so
   * that a step over several micro-batches is exactly the step over one large batch}
   */
  default double weight(B batch) {
    return 1;
  }
}
