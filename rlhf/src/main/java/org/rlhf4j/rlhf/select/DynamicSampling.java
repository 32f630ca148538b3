package org.rlhf4j.rlhf.select;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.rlhf4j.rlhf.policy.GroupAdvantage;

/**
 * DAPO's dynamic sampling (arXiv 2503.14476): prompts whose answers all got the same reward give no
 * gradient and only dilute the batch; they are dropped, and others sampled in their place.
 */
public final class DynamicSampling {
  private DynamicSampling() {}

  /**
   * {@return the groups, counted from 0, whose rewards differ}
   *
   * @param rewards of the answers, group after group, [groups * groupSize]
   */
  public static List<Integer> informativeGroups(double[] rewards, int groupSize) {
    if (groupSize < 1 || rewards.length % groupSize != 0) {
      throw new IllegalArgumentException(
          rewards.length + " rewards cannot be cut into groups of " + groupSize);
    }
    List<Integer> groups = new ArrayList<>();
    for (int start = 0; start < rewards.length; start += groupSize) {
      if (GroupAdvantage.isInformative(Arrays.copyOfRange(rewards, start, start + groupSize))) {
        groups.add(start / groupSize);
      }
    }
    return groups;
  }

  /**
   * {@return as many informative groups as wanted, sampling again in place of the others}
   *
   * @param round samples some groups, given the number of the round from 0; at least one
   * @param rewards of a group's answers
   * @param mostRounds after which it gives up
   * @param <G> a prompt with its answers
   * @throws IllegalStateException if the rounds did not give enough: the problems are too easy or
   *     too hard for the policy
   */
  public static <G> List<G> fill(
      int wanted, IntFunction<List<G>> round, Function<G, double[]> rewards, int mostRounds) {
    List<G> kept = new ArrayList<>();
    for (int number = 0; kept.size() < wanted; number++) {
      if (number == mostRounds) {
        throw new IllegalStateException(
            "%d rounds gave %d groups whose rewards differ, %d are wanted; take problems that are"
                    .formatted(mostRounds, kept.size(), wanted)
                + " solved more often, but not always");
      }
      for (G group : round.apply(number)) {
        if (kept.size() < wanted && GroupAdvantage.isInformative(rewards.apply(group))) {
          kept.add(group);
        }
      }
    }
    return kept;
  }
}
