package org.rlhf4j.rlhf.verify;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.rlhf4j.tensor.RandomKey;

/**
 * Problems to train on, and others to test on. On which side a problem falls follows from its
 * prompt and the key alone, so that no amount of drawing ever puts one problem on both.
 *
 * @param source of the problems
 * @param key another key, other problems and another division
 * @param heldOutShare about how many of all possible problems are never trained on, in (0, 1)
 */
public record ProblemSet(ProblemSource source, RandomKey key, double heldOutShare) {
  private static final int DRAWS_PER_PROBLEM = 1_000;

  public ProblemSet {
    if (!(heldOutShare > 0 && heldOutShare < 1)) {
      throw new IllegalArgumentException(
          "heldOutShare must be between 0 and 1, got " + heldOutShare);
    }
  }

  /**
   * {@return different problems to train on; a shorter list is the beginning of a longer one}
   *
   * @throws IllegalArgumentException if the source does not seem to have that many
   */
  public List<Problem> training(int count) {
    return draw("training", count, false);
  }

  /**
   * {@return different problems to test on, none of which {@link #training} ever gives}
   *
   * @throws IllegalArgumentException if the source does not seem to have that many
   */
  public List<Problem> heldOut(int count) {
    return draw("heldOut", count, true);
  }

  /** {@return whether a problem belongs to those that are never trained on} */
  public boolean isHeldOut(Problem problem) {
    return key.child("division").child(problem.prompt()).generator().nextDouble() < heldOutShare;
  }

  private List<Problem> draw(String name, int count, boolean heldOut) {
    RandomGenerator random = key.child(name).generator();
    Set<Problem> problems = new LinkedHashSet<>();
    for (long draws = 0; problems.size() < count; draws++) {
      if (draws == (long) count * DRAWS_PER_PROBLEM) {
        throw new IllegalArgumentException(
            "%d different %s problems were asked for; %d draws gave %d; widen their range"
                .formatted(count, name, draws, problems.size()));
      }
      Problem problem = source.draw(random);
      if (isHeldOut(problem) == heldOut) {
        problems.add(problem);
      }
    }
    return List.copyOf(problems);
  }
}
