package org.rlhf4j.rlhf.precision;

import java.util.Random;

/** Numbers as floats hold them, of sizes that are uniform in their logarithm. */
final class Draws {
  private final Random random;

  Draws(long seed) {
    random = new Random(seed);
  }

  static double[] differences(double[] a, double[] b) {
    double[] differences = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      differences[i] = a[i] - b[i];
    }
    return differences;
  }

  double[] positive(int n, double low, double high) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) Math.pow(10, low + (high - low) * random.nextDouble());
    }
    return values;
  }

  double[] negative(int n, double low, double high) {
    double[] values = positive(n, low, high);
    for (int i = 0; i < n; i++) {
      values[i] = -values[i];
    }
    return values;
  }

  double[] both(int n, double low, double high) {
    double[] values = positive(n, low, high);
    for (int i = 0; i < n; i++) {
      values[i] = random.nextBoolean() ? values[i] : -values[i];
    }
    return values;
  }

  double near(double value) {
    double step = Math.abs(value) * Math.pow(10, -7 + 7 * random.nextDouble());
    return (float) (random.nextBoolean() ? value + step : value - step);
  }

  double[] nearAll(double[] values) {
    double[] near = new double[values.length];
    for (int i = 0; i < near.length; i++) {
      near[i] = i % 11 == 0 ? values[i] : near(values[i]);
    }
    return near;
  }
}
