package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import org.rlhf4j.tensor.kernel.RotaryLayout;

/**
 * A table of cos and sin of the rotary angles, computed in double and kept between calls, and the
 * loops over it. With the sine negated for the first element of a pair, both elements turn alike:
 *
 * <pre>
 * y[i] = x[i] cos[i] + x[partner of i] sin[i]
 * </pre>
 *
 * The partner is in the same vector if neighbours turn together or a head is no longer than a
 * vector, and a whole number of vectors away in the halves of longer heads; heads of other lengths
 * go one pair after another.
 */
final class RotaryAngles {
  private double base;
  private int headDim;
  private RotaryLayout layout = RotaryLayout.INTERLEAVED;

  /** Elements of a position: those of a head, again and again up to a whole vector. */
  private int width;

  private int known;
  private float[] cos = new float[0];
  private float[] sin = new float[0];
  private VectorShuffle<Float> partners = F.iotaShuffle(0, 1, true);

  /** Makes sure that the table holds the positions below {@code positions}. */
  void prepare(int positions, double base, int headDim, RotaryLayout layout) {
    if (base != this.base || headDim != this.headDim || layout != this.layout) {
      this.base = base;
      this.headDim = headDim;
      this.layout = layout;
      width = LANES % headDim == 0 ? LANES : headDim;
      partners = VectorShuffle.fromOp(F, this::partner);
      known = 0;
    }
    if (positions <= known) {
      return;
    }
    int rows = Math.max(positions, 2 * known);
    cos = Arrays.copyOf(cos, rows * width);
    sin = Arrays.copyOf(sin, rows * width);
    for (int i = 0; i < width; i++) {
      int element = i % headDim;
      boolean first = partner(element) > element;
      int pair =
          layout == RotaryLayout.INTERLEAVED ? element / 2 : Math.min(element, partner(element));
      double frequency = Math.pow(base, -2.0 * pair / headDim);
      for (int position = known; position < rows; position++) {
        cos[position * width + i] = (float) Math.cos(position * frequency);
        float sine = (float) Math.sin(position * frequency);
        sin[position * width + i] = first ? -sine : sine;
      }
    }
    known = rows;
  }

  /** {@return the element that element i of some heads turns with} */
  private int partner(int i) {
    int apart = layout.second(0, headDim);
    return i / apart % 2 == 0 ? i + apart : i - apart;
  }

  /** y = the heads of a token of x, {@code n} elements from {@code first}, turned. */
  void turn(float[] x, float[] y, int first, int n, int position) {
    int angle = position * width;
    int apart = layout.second(0, headDim);
    if (n % LANES == 0 && width % LANES == 0 && LANES % (2 * apart) == 0) {
      turnWithin(x, y, first, n, angle);
    } else if (apart % LANES == 0) {
      turnApart(x, y, first, n, angle, apart);
    } else {
      for (int i = 0; i < n; i++) {
        int j = partner(i);
        if (j > i) {
          int at = angle + i % headDim;
          float a = x[first + i];
          float b = x[first + j];
          y[first + i] = a * cos[at] + b * sin[at];
          y[first + j] = b * cos[at] - a * sin[at];
        }
      }
    }
  }

  /** dx += the heads of a token of dy, turned by the opposite angle. */
  void addTurnedBack(float[] dy, float[] dx, int first, int n, int position) {
    int angle = position * width;
    int apart = layout.second(0, headDim);
    if (n % LANES == 0 && width % LANES == 0 && LANES % (2 * apart) == 0) {
      addWithin(dy, dx, first, n, angle);
    } else if (apart % LANES == 0) {
      addApart(dy, dx, first, n, angle, apart);
    } else {
      for (int i = 0; i < n; i++) {
        int j = partner(i);
        if (j > i) {
          int at = angle + i % headDim;
          float a = dy[first + i];
          float b = dy[first + j];
          dx[first + i] += a * cos[at] - b * sin[at];
          dx[first + j] += b * cos[at] + a * sin[at];
        }
      }
    }
  }

  private void turnWithin(float[] x, float[] y, int first, int n, int angle) {
    VectorShuffle<Float> swap = partners;
    for (int i = 0; i < n; i += LANES) {
      int at = angle + i % width;
      FloatVector own = FloatVector.fromArray(F, x, first + i);
      FloatVector other = own.rearrange(swap).mul(FloatVector.fromArray(F, sin, at));
      own.fma(FloatVector.fromArray(F, cos, at), other).intoArray(y, first + i);
    }
  }

  private void addWithin(float[] dy, float[] dx, int first, int n, int angle) {
    VectorShuffle<Float> swap = partners;
    for (int i = 0; i < n; i += LANES) {
      int at = angle + i % width;
      FloatVector own = FloatVector.fromArray(F, dy, first + i);
      FloatVector other = own.rearrange(swap).mul(FloatVector.fromArray(F, sin, at));
      own.mul(FloatVector.fromArray(F, cos, at))
          .sub(other)
          .add(FloatVector.fromArray(F, dx, first + i))
          .intoArray(dx, first + i);
    }
  }

  private void turnApart(float[] x, float[] y, int first, int n, int angle, int apart) {
    for (int head = first; head < first + n; head += 2 * apart) {
      for (int i = 0; i < apart; i += LANES) {
        FloatVector c = FloatVector.fromArray(F, cos, angle + i);
        FloatVector s = FloatVector.fromArray(F, sin, angle + i);
        FloatVector a = FloatVector.fromArray(F, x, head + i);
        FloatVector b = FloatVector.fromArray(F, x, head + i + apart);
        a.fma(c, b.mul(s)).intoArray(y, head + i);
        b.mul(c).sub(a.mul(s)).intoArray(y, head + i + apart);
      }
    }
  }

  private void addApart(float[] dy, float[] dx, int first, int n, int angle, int apart) {
    for (int head = first; head < first + n; head += 2 * apart) {
      for (int i = 0; i < apart; i += LANES) {
        FloatVector c = FloatVector.fromArray(F, cos, angle + i);
        FloatVector s = FloatVector.fromArray(F, sin, angle + i);
        FloatVector a = FloatVector.fromArray(F, dy, head + i);
        FloatVector b = FloatVector.fromArray(F, dy, head + i + apart);
        a.mul(c).sub(b.mul(s)).add(FloatVector.fromArray(F, dx, head + i)).intoArray(dx, head + i);
        int j = head + i + apart;
        a.fma(s, b.mul(c)).add(FloatVector.fromArray(F, dx, j)).intoArray(dx, j);
      }
    }
  }
}
