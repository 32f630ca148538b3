package org.rlhf4j.rlhf.verify;

import java.util.random.RandomGenerator;

/** A kind of problem, of which any number can be drawn. */
@FunctionalInterface
public interface ProblemSource {
  /** {@return a problem; equal prompts have equal answers} */
  Problem draw(RandomGenerator random);

  /** {@return problems of all these kinds, each kind equally often} */
  static ProblemSource mixture(ProblemSource... sources) {
    if (sources.length == 0) {
      throw new IllegalArgumentException("a mixture needs at least one source of problems");
    }
    ProblemSource[] kinds = sources.clone();
    return random -> kinds[random.nextInt(kinds.length)].draw(random);
  }
}
