package org.rlhf4j.rlhf.train;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.rlhf.LossOutput;
import org.rlhf4j.rlhf.policy.Totals;

/**
 * What a stage minimises. A step may be cut into micro-batches; their parts add up to the step.
 *
 * @param <B> a micro-batch
 */
public interface Objective<B> {
  /**
   * {@return what a micro-batch adds to the numbers that averages divide by; known before the
   * forward pass}
   */
  Totals totals(B batch);

  /**
   * {@return a micro-batch's part of the step's loss and of its figures: divided by the totals of
   * the step, not by its own}
   *
   * @param totals of all micro-batches of the step
   */
  LossOutput loss(Tape tape, B batch, Totals totals);
}
