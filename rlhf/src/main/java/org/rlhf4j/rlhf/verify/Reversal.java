package org.rlhf4j.rlhf.verify;

import java.util.random.RandomGenerator;

/** Strings to read backwards: {@code reverse abcd}, answer {@code dcba}. */
public record Reversal(Letters letters) implements ProblemSource {
  @Override
  public Problem draw(RandomGenerator random) {
    String text = letters.draw(random);
    return new Problem("reverse " + text, new StringBuilder(text).reverse().toString());
  }
}
