package org.rlhf4j.rlhf.precision;

import java.util.Arrays;
import java.util.function.BiFunction;
import org.rlhf4j.rlhf.Differentiated;

/**
 * How exact a loss is in single precision, against the same evaluation in double precision on the
 * same inputs, which are numbers that a float holds exactly.
 *
 * <p>A result is judged as exact as its inputs allow: an error counts relative to
 *
 * <pre>
 * |f| + sum_i |x_i df/dx_i|
 * </pre>
 *
 * the sum being what a rounding of the inputs alone would do, the condition of f. The x are
 * log-ratios, not the two log-probabilities that they are the difference of, wherever a loss sees
 * no more than the log-ratio: a difference of two floats is rounded once, so that nothing may be
 * lost there.
 *
 * @param value worst error of the loss, so measured
 * @param gradient worst error of its gradients, so measured
 * @param plainValue worst error of the loss relative to the loss alone
 * @param plainGradient worst error of a gradient relative to that gradient alone
 * @param terms what else errors count relative to, in words; empty for nothing
 * @param where value and gradient are worst, for a message
 */
public record Precision(
    double value,
    double gradient,
    double plainValue,
    double plainGradient,
    String terms,
    String where) {
  /** Half a rounding to 24 bits is 6e-8: a step that is no rounding, yet small. */
  private static final double STEP = 1e-6;

  /** Less counts as zero: a factor on the way may be below the least normal float, 1.2e-38. */
  private static final double LEAST = 1e-35;

  /**
   * An input: {@code columns} numbers a row, the same rows for every input.
   *
   * @param values as floats hold them, [rows * columns]
   * @param scales by what a relative change of 1 moves them; the values themselves, unless only a
   *     difference counts, [rows * columns]
   */
  public record Input(int columns, double[] values, double[] scales) {
    public static Input of(int columns, double... values) {
      return new Input(columns, values, values);
    }

    double[] moved(int column, double step) {
      double[] moved = values.clone();
      for (int i = column; i < moved.length; i += columns) {
        moved[i] += step * scales[i];
      }
      return moved;
    }
  }

  /**
   * What a value or a gradient is the difference of where that is in the nature of it: the slope of
   * log-softmax is one less a probability.
   *
   * @param what in words
   * @param value size of the terms of the loss, 0 for none
   * @param gradients sizes of the terms of the gradients, in their shape; no rows for none
   */
  public record Terms(String what, double value, double[][] gradients) {
    static final Terms NONE = new Terms("", 0, new double[0][]);
  }

  /** Measures a loss whose gradient is no difference of larger terms. */
  public static Precision of(BiFunction<String, double[][], Differentiated> loss, Input... inputs) {
    return of(Terms.NONE, loss, inputs);
  }

  /**
   * Measures a loss.
   *
   * @param terms what the result is a difference of, by definition
   * @param loss value of each row, and gradients by the first inputs, on a named backend
   */
  public static Precision of(
      Terms terms, BiFunction<String, double[][], Differentiated> loss, Input... inputs) {
    double[][] values = new double[inputs.length][];
    for (int k = 0; k < inputs.length; k++) {
      values[k] = inputs[k].values;
    }
    Differentiated exact = loss.apply("reference", values);
    Differentiated single = loss.apply("simd", values);
    double[][] gradients = exact.gradients();
    double[] condition = new double[exact.values().length];
    Arrays.fill(condition, terms.value);
    double[][] conditions = new double[gradients.length][];
    for (int k = 0; k < conditions.length; k++) {
      conditions[k] =
          terms.gradients.length > k ? terms.gradients[k].clone() : new double[gradients[k].length];
    }
    for (int k = 0; k < inputs.length; k++) {
      for (int column = 0; column < inputs[k].columns; column++) {
        double[][] up = values.clone();
        double[][] down = values.clone();
        up[k] = inputs[k].moved(column, STEP);
        down[k] = inputs[k].moved(column, -STEP);
        Differentiated above = loss.apply("reference", up);
        Differentiated below = loss.apply("reference", down);
        add(condition, exact.values(), above.values(), below.values());
        for (int g = 0; g < gradients.length; g++) {
          add(conditions[g], gradients[g], above.gradients()[g], below.gradients()[g]);
        }
      }
    }
    Worst value = new Worst();
    Worst plainValue = new Worst();
    for (int i = 0; i < condition.length; i++) {
      value.see(exact.values()[i], single.values()[i], condition[i], i);
      plainValue.see(exact.values()[i], single.values()[i], 0, i);
    }
    Worst gradient = new Worst();
    Worst plainGradient = new Worst();
    for (int g = 0; g < gradients.length; g++) {
      int columns = gradients[g].length / condition.length;
      for (int i = 0; i < gradients[g].length; i++) {
        double found = single.gradients()[g][i];
        gradient.see(gradients[g][i], found, conditions[g][i], i / columns);
        plainGradient.see(gradients[g][i], found, 0, i / columns);
      }
    }
    return new Precision(
        value.error,
        gradient.error,
        plainValue.error,
        plainGradient.error,
        terms.what,
        "value " + value.at(inputs) + ", gradient " + gradient.at(inputs));
  }

  /** {@return the worse of both, figure by figure} */
  public Precision worse(Precision other) {
    return new Precision(
        Math.max(value, other.value),
        Math.max(gradient, other.gradient),
        Math.max(plainValue, other.plainValue),
        Math.max(plainGradient, other.plainGradient),
        terms,
        Math.max(value / 1e-6, gradient / 1e-5)
                > Math.max(other.value / 1e-6, other.gradient / 1e-5)
            ? where
            : other.where);
  }

  /** The larger of both changes, per unit of relative change. */
  private static void add(double[] condition, double[] at, double[] above, double[] below) {
    for (int i = 0; i < at.length; i++) {
      condition[i] += Math.max(Math.abs(above[i] - at[i]), Math.abs(below[i] - at[i])) / STEP;
    }
  }

  private static final class Worst {
    private double error;
    private int row;
    private double exact;
    private double single;

    void see(double exact, double single, double condition, int row) {
      double difference = Math.abs(single - exact) - LEAST;
      double relative = difference <= 0 ? 0 : difference / (Math.abs(exact) + condition);
      if (!(relative <= error)) {
        this.error = relative;
        this.row = row;
        this.exact = exact;
        this.single = single;
      }
    }

    String at(Input... inputs) {
      StringBuilder text = new StringBuilder(exact + " is " + single + " at");
      for (Input input : inputs) {
        for (int c = 0; c < input.columns; c++) {
          text.append(' ').append(input.values[row * input.columns + c]);
        }
      }
      return text.toString();
    }
  }
}
