package org.rlhf4j.rlhf.select;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
}
