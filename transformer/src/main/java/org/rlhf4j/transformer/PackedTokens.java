package org.rlhf4j.transformer;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Sequences one after another in a single row, without any padding. No sequence sees another, and
 * each has positions of its own, so a model computes for each what it would compute for it alone.
 *
 * @param ids all tokens, {@code [time]}
 * @param lengths of the sequences, at least one, all positive, together as long as {@code ids}
 */
public record PackedTokens(int[] ids, int[] lengths) {
  public PackedTokens {
    if (lengths.length == 0
        || Arrays.stream(lengths).anyMatch(length -> length < 1)
        || Arrays.stream(lengths).sum() != ids.length) {
      throw new IllegalArgumentException(
          "lengths %s must be positive and add up to the number of ids, %d"
              .formatted(Arrays.toString(lengths), ids.length));
    }
  }

  /** {@return these sequences, in their order} */
  public static PackedTokens of(List<int[]> sequences) {
    return new PackedTokens(
        sequences.stream().flatMapToInt(IntStream::of).toArray(),
        sequences.stream().mapToInt(sequence -> sequence.length).toArray());
  }
}
