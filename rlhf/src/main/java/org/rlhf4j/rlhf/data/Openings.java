package org.rlhf4j.rlhf.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.rlhf4j.tensor.Check;
import org.rlhf4j.tensor.RandomKey;

/** First sentences of children's stories, for a model that has read such stories to continue. */
public final class Openings {
  private static final List<String> HEROES =
      List.of("boy", "girl", "cat", "dog", "bird", "bear", "rabbit", "mouse", "frog", "fox");
  private static final List<String> NAMES =
      List.of("Tom", "Lily", "Max", "Mia", "Ben", "Sue", "Tim", "Anna", "Sam", "Lucy", "Jack");
  private static final List<String> PLACES =
      List.of("park", "forest", "garden", "beach", "farm", "shop", "house", "river", "school");

  private Openings() {}

  /**
   * {@return different openings in random order}
   *
   * @throws IllegalArgumentException if there are fewer
   */
  public static List<String> of(RandomKey key, int count) {
    Check.range("openings", count, 1, HEROES.size() * NAMES.size() * PLACES.size());
    List<String> all = new ArrayList<>();
    for (String hero : HEROES) {
      for (String name : NAMES) {
        for (String place : PLACES) {
          all.add("One day, a little %s named %s went to the %s.".formatted(hero, name, place));
        }
      }
    }
    Collections.shuffle(all, Random.from(key.generator()));
    return List.copyOf(all.subList(0, count));
  }
}
