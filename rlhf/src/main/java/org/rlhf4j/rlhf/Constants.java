package org.rlhf4j.rlhf;

import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;

/**
 * Puts what a rollout holds as rows onto a tape as constants. Masked positions become 0 on the way,
 * <em>before</em> any arithmetic: masking a result instead would leave NaN in its gradient, because
 * 0 times infinity is NaN.
 */
public final class Constants {
  private Constants() {}

  /**
   * {@return the values where unmasked, else 0, [batch, time]}
   *
   * @param name of the values, for the message where shapes differ
   */
  public static Variable of(Tape tape, String name, double[][] values, boolean[][] mask) {
    Rows.requireSameShape(name, values, "mask", mask);
    int time = time(mask);
    double[] flat = new double[mask.length * time];
    for (int i = 0; i < mask.length; i++) {
      for (int t = 0; t < time; t++) {
        if (mask[i][t]) {
          flat[i * time + t] = values[i][t];
        }
      }
    }
    return tape.constant(Shape.of(mask.length, time), flat);
  }

  /** {@return 1 where unmasked, else 0, [batch, time]} */
  public static Tensor mask(Tape tape, boolean[][] mask) {
    double[][] ones = new double[mask.length][];
    for (int i = 0; i < mask.length; i++) {
      ones[i] = new double[mask[i].length];
      java.util.Arrays.fill(ones[i], 1);
    }
    return of(tape, "mask", ones, mask).value();
  }

  /** {@return the variable where unmasked, else 0, after checking that shapes agree} */
  public static Variable masked(String name, Variable values, boolean[][] mask) {
    Shape shape = Shape.of(mask.length, time(mask));
    if (!values.shape().equals(shape)) {
      throw new IllegalArgumentException(
          name + " " + values.shape() + " and mask " + shape + " must have the same shape");
    }
    return values.masked(mask(values.tape(), mask), 0);
  }

  private static int time(boolean[][] mask) {
    int time = mask.length == 0 ? 0 : mask[0].length;
    for (boolean[] row : mask) {
      Rows.requireSameLength("mask row 0", time, "another mask row", row.length);
    }
    return time;
  }
}
