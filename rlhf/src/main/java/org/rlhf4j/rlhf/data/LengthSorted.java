package org.rlhf4j.rlhf.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.rlhf4j.rlhf.Rows;

/**
 * Batches of sequences of similar length, so that little of a batch is padding. Longest first: what
 * does not fit into memory fails at once.
 */
public final class LengthSorted {
  private LengthSorted() {}

  /**
   * {@return the items' places from 0, longest item first, of equal lengths the earlier first, in
   * batches} If they fill all batches, no other division needs less padding.
   */
  public static List<List<Integer>> batches(int[] lengths, int batchSize) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batchSize must be at least 1, got " + batchSize);
    }
    List<Integer> order =
        IntStream.range(0, lengths.length)
            .boxed()
            .sorted(Comparator.comparingInt(i -> -lengths[i]))
            .toList();
    List<List<Integer>> batches = new ArrayList<>();
    for (int from = 0; from < order.size(); from += batchSize) {
      batches.add(order.subList(from, Math.min(order.size(), from + batchSize)));
    }
    return batches;
  }

  /**
   * {@return the scores of all items, in the items' order}
   *
   * @param score of a batch, one number an item
   */
  public static <T> double[] score(
      List<T> items, ToIntFunction<T> length, int batchSize, Function<List<T>, double[]> score) {
    double[] all = new double[items.size()];
    for (List<Integer> batch : batches(items.stream().mapToInt(length).toArray(), batchSize)) {
      double[] scores = score.apply(batch.stream().<T>map(items::get).toList());
      Rows.requireSameLength("scores", scores.length, "batch", batch.size());
      for (int i = 0; i < scores.length; i++) {
        all[batch.get(i)] = scores[i];
      }
    }
    return all;
  }
}
