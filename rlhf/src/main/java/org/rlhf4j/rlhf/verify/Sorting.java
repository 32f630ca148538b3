package org.rlhf4j.rlhf.verify;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Integers to put in order: {@code sort 7 2 30}, answer {@code 2 7 30}. As numbers, not as text.
 *
 * @param least fewest numbers, at least 1
 * @param most most numbers
 * @param largest each number is in 0..largest
 */
public record Sorting(int least, int most, int largest) implements ProblemSource {
  public Sorting {
    if (least < 1 || most < least || largest < 0) {
      throw new IllegalArgumentException(
          "sorting needs 1 <= least <= most and 0 <= largest, got %d, %d, %d"
              .formatted(least, most, largest));
    }
  }

  @Override
  public Problem draw(RandomGenerator random) {
    int[] numbers = random.ints(random.nextInt(least, most + 1), 0, largest + 1).toArray();
    String unsorted = join(numbers);
    Arrays.sort(numbers);
    return new Problem("sort " + unsorted, join(numbers));
  }

  private static String join(int[] numbers) {
    return IntStream.of(numbers).mapToObj(Integer::toString).collect(Collectors.joining(" "));
  }
}
