package org.rlhf4j.tensor.simd;

import java.util.Arrays;
import org.rlhf4j.tensor.kernel.RotaryLayout;

/** A table of cos and sin of the rotary angles, computed in double and kept between calls. */
final class RotaryAngles {
  private double base;
  private int headDim;
  private int known;
  private float[] cos = new float[0];
  private float[] sin = new float[0];

  /** Makes sure that the table holds the positions below {@code positions}. */
  void prepare(int positions, double base, int headDim) {
    if (base != this.base || headDim != this.headDim) {
      this.base = base;
      this.headDim = headDim;
      known = 0;
    }
    if (positions <= known) {
      return;
    }
    int pairs = headDim / 2;
    int rows = Math.max(positions, 2 * known);
    cos = Arrays.copyOf(cos, rows * pairs);
    sin = Arrays.copyOf(sin, rows * pairs);
    for (int pair = 0; pair < pairs; pair++) {
      double frequency = Math.pow(base, -2.0 * pair / headDim);
      for (int position = known; position < rows; position++) {
        cos[position * pairs + pair] = (float) Math.cos(position * frequency);
        sin[position * pairs + pair] = (float) Math.sin(position * frequency);
      }
    }
    known = rows;
  }

  /** y = the head of x from {@code first}, turned. */
  void turn(float[] x, float[] y, int first, int position, RotaryLayout layout) {
    int pairs = headDim / 2;
    int second = layout.second(0, headDim);
    int step = layout.first(1, headDim);
    for (int pair = 0; pair < pairs; pair++) {
      float c = cos[position * pairs + pair];
      float s = sin[position * pairs + pair];
      int i = first + pair * step;
      float a = x[i];
      float b = x[i + second];
      y[i] = a * c - b * s;
      y[i + second] = a * s + b * c;
    }
  }

  /** dx += the head of dy from {@code first}, turned by the opposite angle. */
  void addTurnedBack(float[] dy, float[] dx, int first, int position, RotaryLayout layout) {
    int pairs = headDim / 2;
    int second = layout.second(0, headDim);
    int step = layout.first(1, headDim);
    for (int pair = 0; pair < pairs; pair++) {
      float c = cos[position * pairs + pair];
      float s = sin[position * pairs + pair];
      int i = first + pair * step;
      float a = dy[i];
      float b = dy[i + second];
      dx[i] += a * c + b * s;
      dx[i + second] += b * c - a * s;
    }
  }
}
