package org.rlhf4j.nn;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.autograd.op.Dropout;
import org.rlhf4j.tensor.RandomKey;

/**
 * Whether a forward pass is random: an argument, not a flag that someone forgets to switch back.
 */
public sealed interface Mode {
  /** No dropout. */
  Mode EVALUATION = new Evaluation();

  /** {@return the mode of one step of training, whose dropout masks follow from the key} */
  static Mode training(RandomKey key) {
    return new Training(key);
  }

  /** {@return the mode of a part, with masks of its own} */
  Mode child(String name);

  /** {@return x with dropout when training; x itself otherwise} */
  Variable dropout(Variable x, double rate);

  /** No randomness. */
  record Evaluation() implements Mode {
    @Override
    public Mode child(String name) {
      return this;
    }

    @Override
    public Variable dropout(Variable x, double rate) {
      return x;
    }
  }

  /** Dropout masks from a key. */
  record Training(RandomKey key) implements Mode {
    @Override
    public Mode child(String name) {
      return new Training(key.child(name));
    }

    @Override
    public Variable dropout(Variable x, double rate) {
      return rate == 0 ? x : Dropout.of(x, key, rate);
    }
  }
}
