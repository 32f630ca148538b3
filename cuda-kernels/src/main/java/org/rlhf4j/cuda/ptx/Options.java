package org.rlhf4j.cuda.ptx;

/**
 * How a launch is interpreted.
 *
 * @param checks report uninitialised memory and races; bounds, alignment, registers and convergence
 *     are always checked
 * @param approximation what the {@code .approx} instructions return
 * @param order in which the blocks and the warps of a block take turns between barriers
 * @param divergence which part of a diverged warp runs first
 * @param seed of the random order
 * @param budget warp instructions that a launch may execute before it counts as endless
 */
public record Options(
    boolean checks,
    Approximation approximation,
    Order order,
    Divergence divergence,
    long seed,
    long budget) {

  /** Order of warps and blocks. A kernel that claims determinism gives the same bits in each. */
  public enum Order {
    FORWARD,
    REVERSED,
    RANDOM
  }

  /** The group of lanes at the lowest, or at the highest instruction goes first. */
  public enum Divergence {
    LOWEST_FIRST,
    HIGHEST_FIRST
  }

  /** Every check, exact approximations, forward order. */
  public static Options checked() {
    return new Options(
        true, Approximation.EXACT, Order.FORWARD, Divergence.LOWEST_FIRST, 0, 2_000_000_000L);
  }

  /** The same without the checks that need shadow memory. */
  public Options unchecked() {
    return new Options(false, approximation, order, divergence, seed, budget);
  }

  public Options with(Approximation other) {
    return new Options(checks, other, order, divergence, seed, budget);
  }

  /** The same under another schedule. */
  public Options with(Order newOrder, Divergence newDivergence, long newSeed) {
    return new Options(checks, approximation, newOrder, newDivergence, newSeed, budget);
  }

  public Options withBudget(long newBudget) {
    return new Options(checks, approximation, order, divergence, seed, newBudget);
  }
}
