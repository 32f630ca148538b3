package org.rlhf4j.rlhf.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a trainer's journal must show of its passes over the data, and of its learning rates. */
public final class Passes {
  /** So small that a metric of a step depends on the step's items alone. */
  public static final double NO_RATE = 1e-300;

  private Passes() {}

  /**
   * Every pass takes every item once, and not all passes in one order.
   *
   * @param journal of steps of one item, none of which changes the model
   * @param figure in which no two items are equal
   */
  public static void assertShuffled(Journal journal, String figure, int items, int passes) {
    double[] figures =
        journal.entries().stream().mapToDouble(entry -> entry.metrics().get(figure)).toArray();
    assertEquals(items * passes, figures.length);
    double[] first = pass(figures, 0, items);
    Set<List<Double>> orders = new HashSet<>();
    for (int i = 0; i < passes; i++) {
      double[] pass = pass(figures, i, items);
      orders.add(Arrays.stream(pass).boxed().toList());
      assertArrayEquals(sorted(first), sorted(pass), 1e-12);
    }
    double[] sorted = sorted(first);
    for (int i = 1; i < items; i++) {
      assertTrue(sorted[i] - sorted[i - 1] > 1e-9, "two items look the same");
    }
    assertTrue(orders.size() > passes / 2, "passes in " + orders.size() + " orders");
  }

  private static double[] pass(double[] figures, int pass, int items) {
    return Arrays.copyOfRange(figures, pass * items, (pass + 1) * items);
  }

  private static double[] sorted(double[] figures) {
    return Arrays.stream(figures).sorted().toArray();
  }

  /** Up in a straight line to the peak, then down half a cosine to a tenth of it. */
  public static void assertCosine(Journal journal, double peak, int warmup) {
    int steps = journal.entries().size();
    for (int t = 0; t < steps; t++) {
      double down = (1 + Math.cos(Math.PI * (t - warmup) / (steps - warmup))) / 2;
      double expected = t < warmup ? peak * (t + 1) / warmup : peak * (0.1 + 0.9 * down);
      assertEquals(
          expected,
          journal.entries().get(t).metrics().get("learning_rate"),
          1e-12 * peak,
          "step " + t);
    }
  }
}
