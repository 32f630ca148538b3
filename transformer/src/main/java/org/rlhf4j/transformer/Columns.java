package org.rlhf4j.transformer;

import java.util.ArrayList;
import java.util.List;
import org.rlhf4j.autograd.Tape;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.tensor.Shape;

/**
 * The columns of a batch whose hidden states somebody reads, such as those that predict a
 * completion. The blocks before the last need all others too, the last one only their keys and
 * values.
 *
 * @param to exclusive
 */
public record Columns(int from, int to) {
  public Columns {
    if (from < 0 || to <= from) {
      throw new IllegalArgumentException(
          "columns [%d, %d) must begin at 0 or later and not be empty".formatted(from, to));
    }
  }

  /** {@return every column of a batch} */
  public static Columns all(int time) {
    return new Columns(0, time);
  }

  /** {@return how many these are} */
  public int count() {
    return to - from;
  }

  /** {@return these columns of {@code x}, {@code [batch, time, ..]}; itself if they are all} */
  Variable of(Variable x) {
    return count() == x.shape().dim(1) ? x : x.slice(1, from, to);
  }

  /**
   * {@return numbers of these columns at their places among all, with 0 in the others, {@code
   * [batch, time]}}
   *
   * @param x shape {@code [batch, columns]}
   */
  public Variable placed(Variable x, int time) {
    List<Variable> parts = new ArrayList<>();
    int batch = x.shape().dim(0);
    if (from > 0) {
      parts.add(zeros(x.tape(), batch, from));
    }
    parts.add(x);
    if (to < time) {
      parts.add(zeros(x.tape(), batch, time - to));
    }
    return parts.size() == 1 ? x : Variable.concat(1, parts);
  }

  private static Variable zeros(Tape tape, int batch, int columns) {
    return tape.constant(tape.workspace().zeros(Shape.of(batch, columns)));
  }
}
