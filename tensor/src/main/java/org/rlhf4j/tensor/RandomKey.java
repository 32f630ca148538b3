package org.rlhf4j.tensor;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * A place in a tree of random streams, not a moving generator: the same path from the same seed
 * gives the same numbers, and a draw added in one place moves none elsewhere.
 *
 * @param seed 64 bits that name this place
 */
public record RandomKey(long seed) {
  /** {@return the key of a named child} */
  public RandomKey child(String name) {
    long hash = 0xcbf29ce484222325L; // FNV-1a
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
    }
    return new RandomKey(mix(seed * 0x9e3779b97f4a7c15L + mix(hash)));
  }

  /** {@return the key of a numbered child} */
  public RandomKey child(long index) {
    return new RandomKey(mix(mix(seed + 0x632be59bd9b4e019L) + index * 0x9e3779b97f4a7c15L));
  }

  /** {@return a fresh generator that starts at this place} */
  public RandomGenerator generator() {
    return new SplittableRandom(mix(seed));
  }

  /** The finalizer of splitmix64 (Steele, Lea and Flood 2014). */
  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
