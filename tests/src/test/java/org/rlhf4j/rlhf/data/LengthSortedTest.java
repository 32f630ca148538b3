package org.rlhf4j.rlhf.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LengthSortedTest {
  private static final int[] LENGTHS = {3, 9, 1, 9, 4, 2};

  private static int padding(List<List<Integer>> batches) {
    int padding = 0;
    for (List<Integer> batch : batches) {
      int longest = batch.stream().mapToInt(i -> LENGTHS[i]).max().orElseThrow();
      padding += batch.stream().mapToInt(i -> longest - LENGTHS[i]).sum();
    }
    return padding;
  }

  private static void orders(List<Integer> chosen, List<List<Integer>> all) {
    if (chosen.size() == LENGTHS.length) {
      all.add(List.copyOf(chosen));
    }
    for (int i = 0; i < LENGTHS.length; i++) {
      if (!chosen.contains(i)) {
        List<Integer> longer = new ArrayList<>(chosen);
        longer.add(i);
        orders(longer, all);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 6})
  void noDivisionNeedsLessPadding(int batchSize) {
    List<List<Integer>> orders = new ArrayList<>();
    orders(List.of(), orders);
    assertEquals(720, orders.size());
    int least = Integer.MAX_VALUE;
    for (List<Integer> order : orders) {
      List<List<Integer>> batches = new ArrayList<>();
      for (int from = 0; from < order.size(); from += batchSize) {
        batches.add(order.subList(from, from + batchSize));
      }
      least = Math.min(least, padding(batches));
    }
    assertEquals(least, padding(LengthSorted.batches(LENGTHS, batchSize)));
  }

  @Test
  void longestFirst() {
    assertEquals(List.of(List.of(1, 3, 4, 0), List.of(5, 2)), LengthSorted.batches(LENGTHS, 4));
    assertEquals(List.of(), LengthSorted.batches(new int[0], 4));
  }

  @Test
  void scoresComeBackInTheItemsOrder() {
    List<String> items = List.of("aaa", "b", "cc", "dddd", "");
    List<Integer> sizes = new ArrayList<>();
    double[] scores =
        LengthSorted.score(
            items,
            String::length,
            2,
            batch -> {
              sizes.add(batch.size());
              return batch.stream().mapToDouble(text -> 10.0 * text.length()).toArray();
            });
    assertArrayEquals(new double[] {30, 10, 20, 40, 0}, scores);
    assertEquals(List.of(2, 2, 1), sizes);
    assertThrows(
        IllegalArgumentException.class,
        () -> LengthSorted.score(items, String::length, 2, _ -> new double[3]));
    assertThrows(IllegalArgumentException.class, () -> LengthSorted.batches(LENGTHS, 0));
  }
}
