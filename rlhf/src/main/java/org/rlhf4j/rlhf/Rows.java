package org.rlhf4j.rlhf;

/**
 * Checks and elementary statistics of batches that are held as rows: {@code [batch][time]} values
 * with a mask that is true where a token counts. A masked position is skipped, never multiplied by
 * zero, so what it holds (NaN included) cannot leak.
 */
public final class Rows {
  private Rows() {}

  /** Refuses rows whose shapes differ, naming both. */
  public static void requireSameShape(String nameA, double[][] a, String nameB, boolean[][] b) {
    require(a.length == b.length, nameA, a.length, nameB, b.length, "rows");
    for (int i = 0; i < a.length; i++) {
      requireSameLength(nameA + " row " + i, a[i].length, nameB + " row " + i, b[i].length);
    }
  }

  /** Refuses rows whose shapes differ, naming both. */
  public static void requireSameShape(String nameA, double[][] a, String nameB, double[][] b) {
    require(a.length == b.length, nameA, a.length, nameB, b.length, "rows");
    for (int i = 0; i < a.length; i++) {
      requireSameLength(nameA + " row " + i, a[i].length, nameB + " row " + i, b[i].length);
    }
  }

  /** Refuses two lengths that differ, naming both. */
  public static void requireSameLength(String nameA, int a, String nameB, int b) {
    require(a == b, nameA, a, nameB, b, "entries");
  }

  private static void require(
      boolean holds, String nameA, int a, String nameB, int b, String what) {
    if (!holds) {
      throw new IllegalArgumentException(
          nameA + " has " + a + " " + what + " and " + nameB + " has " + b + "; they must agree");
    }
  }

  /** {@return number of true entries} */
  public static int count(boolean[] mask) {
    int n = 0;
    for (boolean counted : mask) {
      n += counted ? 1 : 0;
    }
    return n;
  }

  /** {@return number of true entries of all rows} */
  public static int count(boolean[][] mask) {
    int n = 0;
    for (boolean[] row : mask) {
      n += count(row);
    }
    return n;
  }

  /** {@return sum of the unmasked values} */
  public static double sum(double[] values, boolean[] mask) {
    requireSameLength("values", values.length, "mask", mask.length);
    double sum = 0;
    for (int t = 0; t < values.length; t++) {
      if (mask[t]) {
        sum += values[t];
      }
    }
    return sum;
  }

  /** {@return sum of the unmasked values of each row, [batch]} */
  public static double[] sums(double[][] values, boolean[][] mask) {
    requireSameShape("values", values, "mask", mask);
    double[] sums = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      sums[i] = sum(values[i], mask[i]);
    }
    return sums;
  }

  /** {@return sum of the values} */
  public static double sum(double... values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum;
  }

  /**
   * {@return mean of the values}
   *
   * @throws IllegalArgumentException if there are none
   */
  public static double mean(double... values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("the mean of no values is undefined");
    }
    return sum(values) / values.length;
  }

  /** {@return the fraction of places where the first is larger than the second} */
  public static double fractionAbove(double[] first, double[] second) {
    requireSameLength("first", first.length, "second", second.length);
    double above = 0;
    for (int i = 0; i < first.length; i++) {
      above += first[i] > second[i] ? 1 : 0;
    }
    return above / first.length;
  }

  /** {@return the unmasked values, row after row} */
  public static double[] unmasked(double[][] values, boolean[][] mask) {
    requireSameShape("values", values, "mask", mask);
    double[] kept = new double[count(mask)];
    int n = 0;
    for (int i = 0; i < values.length; i++) {
      for (int t = 0; t < values[i].length; t++) {
        if (mask[i][t]) {
          kept[n++] = values[i][t];
        }
      }
    }
    return kept;
  }
}
