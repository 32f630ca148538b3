package org.rlhf4j.rlhf;

import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apache.commons.math3.analysis.differentiation.DerivativeStructure;
import org.rlhf4j.autograd.Variable;

/**
 * A loss that is none of direct alignment, of one vector of inputs, beside its textbook formula in
 * derivative structures (which differentiate it) and beside its gradient derived by hand.
 *
 * @param size number of inputs
 * @param low least input
 * @param high largest input
 * @param loss of a vector [size], any shape; its sum is compared
 */
record LossCase(
    String name,
    int size,
    double low,
    double high,
    UnaryOperator<Variable> loss,
    Function<DerivativeStructure[], DerivativeStructure> formula,
    UnaryOperator<double[]> gradient) {
  /** A case of inputs of any sign. */
  static LossCase of(
      String name,
      int size,
      UnaryOperator<Variable> loss,
      Function<DerivativeStructure[], DerivativeStructure> formula,
      UnaryOperator<double[]> gradient) {
    return new LossCase(name, size, -2.5, 2.5, loss, formula, gradient);
  }

  /** A case of inputs that are log-probabilities. */
  static LossCase ofLogprobs(
      String name,
      int size,
      UnaryOperator<Variable> loss,
      Function<DerivativeStructure[], DerivativeStructure> formula,
      UnaryOperator<double[]> gradient) {
    return new LossCase(name, size, -2, -0.1, loss, formula, gradient);
  }

  @Override
  public String toString() {
    return name;
  }

  static double s(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  static DerivativeStructure softplus(DerivativeStructure x) {
    return x.exp().add(1).log();
  }

  static DerivativeStructure square(DerivativeStructure x) {
    return x.multiply(x);
  }

  static DerivativeStructure smaller(DerivativeStructure a, DerivativeStructure b) {
    return a.getValue() <= b.getValue() ? a : b;
  }

  static DerivativeStructure larger(DerivativeStructure a, DerivativeStructure b) {
    return a.getValue() >= b.getValue() ? a : b;
  }

  /** The value alone, as a constant. */
  static DerivativeStructure constant(DerivativeStructure x) {
    return new DerivativeStructure(x.getFreeParameters(), x.getOrder(), x.getValue());
  }

  static DerivativeStructure sum(DerivativeStructure... x) {
    DerivativeStructure sum = x[0];
    for (int i = 1; i < x.length; i++) {
      sum = sum.add(x[i]);
    }
    return sum;
  }

  /** log softmax of the elements from one index to another, exclusive. */
  static DerivativeStructure[] logSoftmax(DerivativeStructure[] x, int from, int to) {
    DerivativeStructure total = x[from].exp();
    for (int i = from + 1; i < to; i++) {
      total = total.add(x[i].exp());
    }
    DerivativeStructure[] logprobs = new DerivativeStructure[to - from];
    for (int i = from; i < to; i++) {
      logprobs[i - from] = x[i].subtract(total.log());
    }
    return logprobs;
  }
}
