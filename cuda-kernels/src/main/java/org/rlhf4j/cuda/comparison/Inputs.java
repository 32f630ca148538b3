package org.rlhf4j.cuda.comparison;

import java.util.Random;

/** Inputs designed to show wrong kernels: outliers, odd values, rows of every alignment. */
public final class Inputs {
  private static final double INF = Double.POSITIVE_INFINITY;

  private Inputs() {}

  /** Normal numbers that are exact in a float. */
  public static double[] normal(int count, double deviation, long seed) {
    Random random = new Random(seed);
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }

  /**
   * Nine kinds of rows: spreads of 3 and 200, equal, large, some -inf, all -inf, one NaN, one inf,
   * far below zero. Nine, so that the last block of eight rows is not full.
   */
  static double[] oddRows(int columns, long seed) {
    double[] values = normal(9 * columns, 3, seed);
    for (int j = 0; j < columns; j++) {
      values[columns + j] = (float) (values[columns + j] * 67);
      values[2 * columns + j] = 0.5;
      values[3 * columns + j] = j % 2 == 0 ? 900 : (float) -1e30;
      values[5 * columns + j] = -INF;
      values[8 * columns + j] = (float) (values[8 * columns + j] - 300);
      values[4 * columns + j] = j % 9 == 0 ? values[4 * columns + j] : -INF;
    }
    values[6 * columns + columns / 2] = Double.NaN;
    values[7 * columns] = 100; // e^100 is infinite, e^(100 - inf) is not
    values[7 * columns + columns - 1] = INF;
    return values;
  }

  /** Ids below a limit, with one that is ignored among more than four. */
  static int[] ids(int count, int limit, long seed) {
    Random random = new Random(seed);
    int[] ids = random.ints(count, 0, limit).toArray();
    ids[0] = limit - 1;
    if (count > 4) {
      ids[3] = -1;
    }
    return ids;
  }

  static double[] concat(double[]... parts) {
    return java.util.Arrays.stream(parts).flatMapToDouble(java.util.Arrays::stream).toArray();
  }
}
