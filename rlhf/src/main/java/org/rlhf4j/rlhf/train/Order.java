package org.rlhf4j.rlhf.train;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.rlhf4j.tensor.RandomKey;

/** Shuffled batches of a list. */
public final class Order {
  private Order() {}

  /** {@return the items in random order, in batches; a last partial batch is kept} */
  public static <T> List<List<T>> batches(List<T> items, int batchSize, RandomKey key) {
    List<T> shuffled = new ArrayList<>(items);
    Collections.shuffle(shuffled, Random.from(key.generator()));
    return parts(shuffled, batchSize);
  }

  /** {@return the items in their order, in parts of at most this size} */
  public static <T> List<List<T>> parts(List<T> items, int size) {
    List<List<T>> parts = new ArrayList<>();
    for (int from = 0; from < items.size(); from += size) {
      parts.add(items.subList(from, Math.min(items.size(), from + size)));
    }
    return parts;
  }
}
