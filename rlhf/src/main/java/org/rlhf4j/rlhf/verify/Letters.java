package org.rlhf4j.rlhf.verify;

import java.util.random.RandomGenerator;

/**
 * Random strings.
 *
 * @param alphabet the characters, each drawn equally often
 * @param least shortest length, at least 1
 * @param most longest length
 */
public record Letters(String alphabet, int least, int most) {
  public Letters {
    if (alphabet.isEmpty() || least < 1 || most < least) {
      throw new IllegalArgumentException(
          "strings need an alphabet and 1 <= least <= most, got '%s', %d, %d"
              .formatted(alphabet, least, most));
    }
  }

  /** {@return a string; all lengths are equally likely} */
  String draw(RandomGenerator random) {
    int length = random.nextInt(least, most + 1);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }
}
