package org.rlhf4j.rlhf.verify;

import java.util.random.RandomGenerator;

/** Letters to count: {@code count b in abba}, answer {@code 2}. */
public record Counting(Letters letters) implements ProblemSource {
  @Override
  public Problem draw(RandomGenerator random) {
    String text = letters.draw(random);
    String alphabet = letters.alphabet();
    char letter = alphabet.charAt(random.nextInt(alphabet.length()));
    long count = text.chars().filter(c -> c == letter).count();
    return new Problem("count %c in %s".formatted(letter, text), Long.toString(count));
  }
}
