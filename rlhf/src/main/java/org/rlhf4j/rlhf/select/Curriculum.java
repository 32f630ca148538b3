package org.rlhf4j.rlhf.select;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.rlhf4j.rlhf.online.PromptOrder;

/**
 * Problems in levels, easiest first. Training passes through as many stages as there are levels; in
 * each the newest level gets {@code focus} of the draws and the levels before it share the rest
 * equally, so that what was learned stays in practice.
 *
 * @param levels the problems of each level, none empty
 * @param focus share of the newest level, in (0, 1]
 */
public record Curriculum(List<List<Integer>> levels, double focus) implements PromptOrder {
  public Curriculum {
    levels = levels.stream().map(List::copyOf).toList();
    if (levels.isEmpty() || levels.stream().anyMatch(List::isEmpty)) {
      throw new IllegalArgumentException("a curriculum needs levels with a problem each");
    }
    if (!(focus > 0 && focus <= 1)) {
      throw new IllegalArgumentException("focus must be in (0, 1], got " + focus);
    }
  }

  /**
   * {@return problems cut by solve rate into levels of equal size, up to one problem}
   *
   * @param solveRates at least one a level
   */
  public static Curriculum bySolveRate(double[] solveRates, int levels, double focus) {
    if (levels < 1 || levels > solveRates.length) {
      throw new IllegalArgumentException(
          "levels must be in 1..%d, the number of problems, got %d"
              .formatted(solveRates.length, levels));
    }
    List<Integer> order = Difficulty.easiestFirst(solveRates);
    List<List<Integer>> cut = new ArrayList<>();
    for (int level = 0; level < levels; level++) {
      int from = (int) ((long) level * order.size() / levels);
      int to = (int) ((level + 1L) * order.size() / levels);
      cut.add(order.subList(from, to));
    }
    return new Curriculum(cut, focus);
  }

  /**
   * {@return the share of draws from each level, summing to 1, [levels]}
   *
   * @param progress share of training that is over, in 0..1
   */
  public double[] weights(double progress) {
    if (!(progress >= 0 && progress <= 1)) {
      throw new IllegalArgumentException("progress must be in 0..1, got " + progress);
    }
    int newest = Math.min((int) (progress * levels.size()), levels.size() - 1);
    double[] weights = new double[levels.size()];
    weights[newest] = newest == 0 ? 1 : focus;
    for (int level = 0; level < newest; level++) {
      weights[level] = (1 - focus) / newest;
    }
    return weights;
  }

  /** {@return a problem to train on, uniform within its level} */
  @Override
  public int draw(double progress, RandomGenerator random) {
    double[] weights = weights(progress);
    double left = random.nextDouble();
    int level = 0;
    while (level < levels.size() - 1 && left >= weights[level]) {
      left -= weights[level++];
    }
    while (weights[level] == 0) {
      level--; // rounding can pass the newest level
    }
    List<Integer> problems = levels.get(level);
    return problems.get(random.nextInt(problems.size()));
  }
}
