package org.rlhf4j.rlhf.recipe;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.rlhf4j.tensor.RandomKey;

/** Shuffled batches of a list. */
final class Order {
  private Order() {}

  /** {@return the items in random order, in batches; a last partial batch is kept} */
  static <T> List<List<T>> batches(List<T> items, int batchSize, RandomKey key) {
    List<T> shuffled = new ArrayList<>(items);
    Collections.shuffle(shuffled, Random.from(key.generator()));
    List<List<T>> batches = new ArrayList<>();
    for (int from = 0; from < shuffled.size(); from += batchSize) {
      batches.add(shuffled.subList(from, Math.min(shuffled.size(), from + batchSize)));
    }
    return batches;
  }
}
