package org.rlhf4j.rlhf.direct;

import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.commons.math3.analysis.differentiation.DerivativeStructure;

/**
 * A direct-alignment loss beside its textbook formula in derivative structures (which differentiate
 * it) and beside its gradient derived by hand. The formulas are written for moderate arguments, as
 * a paper prints them.
 *
 * @param exampleValue known value for {@link Pairs#example}
 * @param formula of the log-probabilities of the chosen and the rejected answer
 * @param gradient d loss / d chosen and d loss / d rejected from plain numbers
 */
record DirectCase(
    PreferenceLoss loss,
    double exampleValue,
    Function<Pairs, BinaryOperator<DerivativeStructure>> formula,
    Function<Point, double[]> gradient) {

  /** The quantities in which gradients are written: log-ratios, margin, lengths, scores. */
  record Point(
      double lw,
      double ll,
      double dw,
      double dl,
      double margin,
      double nw,
      double nl,
      double scoreMargin,
      double z) {
    static Point of(Pairs pairs) {
      double dw = pairs.chosen()[0] - pairs.referenceChosen()[0];
      double dl = pairs.rejected()[0] - pairs.referenceRejected()[0];
      return new Point(
          pairs.chosen()[0],
          pairs.rejected()[0],
          dw,
          dl,
          dw - dl,
          pairs.chosenLengths()[0],
          pairs.rejectedLengths()[0],
          pairs.chosenScores()[0] - pairs.rejectedScores()[0],
          0.2);
    }
  }

  /** beta of every case that has one. */
  static final double B = 0.1;

  /** {@return one case or more of every loss of the family} */
  static List<DirectCase> all() {
    return Stream.of(MarginCases.all(), RatioCases.all(), LikelihoodCases.all())
        .flatMap(List::stream)
        .toList();
  }

  static double s(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  static DerivativeStructure sigmoid(DerivativeStructure x) {
    return x.negate().exp().add(1).reciprocal();
  }

  static DerivativeStructure logSigmoid(DerivativeStructure x) {
    return x.negate().exp().add(1).log().negate();
  }

  static DerivativeStructure square(DerivativeStructure x) {
    return x.multiply(x);
  }

  static double[] both(double chosen, double rejected) {
    return new double[] {chosen, rejected};
  }

  static double[] margin(double slope) {
    return both(slope, -slope);
  }

  /** A formula of the margin D alone. */
  static Function<Pairs, BinaryOperator<DerivativeStructure>> ofMargin(
      Function<DerivativeStructure, DerivativeStructure> formula) {
    return pairs ->
        (lw, ll) ->
            formula.apply(
                lw.subtract(pairs.referenceChosen()[0])
                    .subtract(ll.subtract(pairs.referenceRejected()[0])));
  }

  /** A formula of the log-ratios dw and dl. */
  static Function<Pairs, BinaryOperator<DerivativeStructure>> ofRatios(
      BinaryOperator<DerivativeStructure> formula) {
    return pairs ->
        (lw, ll) ->
            formula.apply(
                lw.subtract(pairs.referenceChosen()[0]), ll.subtract(pairs.referenceRejected()[0]));
  }

  /** A formula of the mean log-probabilities of the tokens. */
  static Function<Pairs, BinaryOperator<DerivativeStructure>> ofMeans(
      BinaryOperator<DerivativeStructure> formula) {
    return pairs ->
        (lw, ll) ->
            formula.apply(
                lw.divide(pairs.chosenLengths()[0]), ll.divide(pairs.rejectedLengths()[0]));
  }

  static DerivativeStructure positive(DerivativeStructure x) {
    return x.getValue() > 0 ? x : x.multiply(0);
  }

  static double bernoulliKl(double p, double q) {
    return p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q));
  }
}
