package org.rlhf4j.rlhf.online;

import java.util.random.RandomGenerator;

/** Which prompt is asked next, such as that of a curriculum. */
@FunctionalInterface
public interface PromptOrder {
  /**
   * {@return the place from 0 of a prompt among those that there are}
   *
   * @param progress share of the iterations that are over, in [0, 1)
   */
  int draw(double progress, RandomGenerator random);
}
