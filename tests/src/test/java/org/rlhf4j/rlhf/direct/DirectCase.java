package org.rlhf4j.rlhf.direct;

import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
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

  private static double s(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static DerivativeStructure sigmoid(DerivativeStructure x) {
    return x.negate().exp().add(1).reciprocal();
  }

  private static DerivativeStructure logSigmoid(DerivativeStructure x) {
    return x.negate().exp().add(1).log().negate();
  }

  private static DerivativeStructure square(DerivativeStructure x) {
    return x.multiply(x);
  }

  private static double[] both(double chosen, double rejected) {
    return new double[] {chosen, rejected};
  }

  private static double[] margin(double slope) {
    return both(slope, -slope);
  }

  /** A formula of the margin D alone. */
  private static Function<Pairs, BinaryOperator<DerivativeStructure>> ofMargin(
      Function<DerivativeStructure, DerivativeStructure> formula) {
    return pairs ->
        (lw, ll) ->
            formula.apply(
                lw.subtract(pairs.referenceChosen()[0])
                    .subtract(ll.subtract(pairs.referenceRejected()[0])));
  }

  /** A formula of the log-ratios dw and dl. */
  private static Function<Pairs, BinaryOperator<DerivativeStructure>> ofRatios(
      BinaryOperator<DerivativeStructure> formula) {
    return pairs ->
        (lw, ll) ->
            formula.apply(
                lw.subtract(pairs.referenceChosen()[0]), ll.subtract(pairs.referenceRejected()[0]));
  }

  /** A formula of the mean log-probabilities of the tokens. */
  private static Function<Pairs, BinaryOperator<DerivativeStructure>> ofMeans(
      BinaryOperator<DerivativeStructure> formula) {
    return pairs ->
        (lw, ll) ->
            formula.apply(
                lw.divide(pairs.chosenLengths()[0]), ll.divide(pairs.rejectedLengths()[0]));
  }

  private static final double B = 0.1;

  /** {@return one case or more of every loss of the family} */
  static List<DirectCase> all() {
    return List.of(
        new DirectCase(
            new Dpo(B),
            0.6209570478,
            ofMargin(d -> logSigmoid(d.multiply(B)).negate()),
            p -> margin(-B * s(-B * p.margin))),
        new DirectCase(
            new ConservativeDpo(B, 0.1),
            0.6359570478,
            ofMargin(d ->
                logSigmoid(d.multiply(B))
                    .multiply(-0.9)
                    .subtract(logSigmoid(d.multiply(-B)).multiply(0.1))),
            p -> margin(B * (s(B * p.margin) - 0.9))),
        new DirectCase(
            new RobustDpo(B, 0.1),
            0.6022070478,
            ofMargin(d ->
                logSigmoid(d.multiply(B))
                    .multiply(-0.9)
                    .add(logSigmoid(d.multiply(-B)).multiply(0.1))
                    .divide(0.8)),
            p -> margin(B * (-0.9 * s(-B * p.margin) - 0.1 * s(B * p.margin)) / 0.8)),
        new DirectCase(
            new Ipo(B),
            12.25,
            ofMargin(d -> square(d.subtract(5))),
            p -> margin(2 * (p.margin - 5))),
        new DirectCase(
            new Ipo(B, AnswerLength.MEAN),
            21.855625,
            pairs ->
                (lw, ll) ->
                    square(
                        lw.subtract(pairs.referenceChosen()[0])
                            .divide(pairs.chosenLengths()[0])
                            .subtract(
                                ll.subtract(pairs.referenceRejected()[0])
                                    .divide(pairs.rejectedLengths()[0]))
                            .subtract(5)),
            p -> {
              double slope = 2 * (p.dw / p.nw - p.dl / p.nl - 5);
              return both(slope / p.nw, -slope / p.nl);
            }),
        // offset 2 log 1.5
        new DirectCase(
            new Odpo(B, 2),
            Math.log1p(Math.exp(2 * Math.log(1.5) - 0.15)),
            pairs ->
                (lw, ll) ->
                    ofMargin(d ->
                            logSigmoid(
                                    d.multiply(B)
                                        .subtract(2 * Math.log(Point.of(pairs).scoreMargin)))
                                .negate())
                        .apply(pairs)
                        .apply(lw, ll),
            p -> margin(-B * s(2 * Math.log(p.scoreMargin) - B * p.margin))),
        new DirectCase(
            new Rebel(0.5),
            2.25,
            pairs ->
                (lw, ll) ->
                    ofMargin(d -> square(d.multiply(2).subtract(Point.of(pairs).scoreMargin)))
                        .apply(pairs)
                        .apply(lw, ll),
            p -> margin(4 * (2 * p.margin - p.scoreMargin))),
        new DirectCase(
            new RewardAwarePo(B, 3, RewardAwarePo.Distance.SQUARED),
            (0.15 - 4.5) * (0.15 - 4.5),
            pairs ->
                (lw, ll) ->
                    ofMargin(d -> square(d.multiply(B).subtract(3 * Point.of(pairs).scoreMargin)))
                        .apply(pairs)
                        .apply(lw, ll),
            p -> margin(2 * B * (B * p.margin - 3 * p.scoreMargin))),
        new DirectCase(
            new RewardAwarePo(B, 1, RewardAwarePo.Distance.BACKWARD_KL),
            bernoulliKl(s(1.5), s(0.15)),
            pairs ->
                (lw, ll) ->
                    ofMargin(
                            d -> {
                              double t = s(Point.of(pairs).scoreMargin);
                              return logSigmoid(d.multiply(B))
                                  .subtract(Math.log(t))
                                  .multiply(-t)
                                  .subtract(
                                      logSigmoid(d.multiply(-B))
                                          .subtract(Math.log(1 - t))
                                          .multiply(1 - t));
                            })
                        .apply(pairs)
                        .apply(lw, ll),
            p -> margin(B * (s(B * p.margin) - s(p.scoreMargin)))),
        new DirectCase(
            new RewardAwarePo(B, 1, RewardAwarePo.Distance.FORWARD_KL),
            bernoulliKl(s(0.15), s(1.5)),
            pairs ->
                (lw, ll) ->
                    ofMargin(
                            d -> {
                              double t = s(Point.of(pairs).scoreMargin);
                              DerivativeStructure q = sigmoid(d.multiply(B));
                              DerivativeStructure r = sigmoid(d.multiply(-B));
                              return q.multiply(q.log().subtract(Math.log(t)))
                                  .add(r.multiply(r.log().subtract(Math.log(1 - t))));
                            })
                        .apply(pairs)
                        .apply(lw, ll),
            p -> {
              double a = B * p.margin;
              return margin(B * s(a) * s(-a) * (a - p.scoreMargin));
            }),
        new DirectCase(
            new Kto(B),
            (0.4800106598 + 0.4825071423) / 2,
            ofRatios((dw, dl) ->
                sigmoid(dw.subtract(0.2).multiply(B))
                    .negate()
                    .add(1)
                    .add(sigmoid(dl.subtract(0.2).multiply(-B)).negate().add(1))
                    .divide(2)),
            p -> {
              double w = B * (p.dw - p.z);
              double l = B * (p.dl - p.z);
              return both(-B / 2 * s(w) * s(-w), B / 2 * s(l) * s(-l));
            }),
        new DirectCase(
            new Orpo(B),
            2 + B * 0.288750784,
            ofMeans((w, l) -> {
              DerivativeStructure odds =
                  w.subtract(w.exp().negate().add(1).log())
                      .subtract(l.subtract(l.exp().negate().add(1).log()));
              return w.negate().subtract(logSigmoid(odds).multiply(B));
            }),
            p -> {
              double w = p.lw / p.nw;
              double l = p.ll / p.nl;
              double pw = Math.exp(w);
              double pl = Math.exp(l);
              double wrong = 1 / (1 + Math.exp(w - l) * (1 - pl) / (1 - pw));
              return both((-1 - B * wrong / (1 - pw)) / p.nw, B * wrong / (1 - pl) / p.nl);
            }),
        new DirectCase(
            SimPo.ofRatio(2, 0.25),
            0.2014132780,
            ofMeans((w, l) -> logSigmoid(w.subtract(l).multiply(2).subtract(0.5)).negate()),
            p -> {
              double wrong = s(0.5 - 2 * (p.lw / p.nw - p.ll / p.nl));
              return both(-2 * wrong / p.nw, 2 * wrong / p.nl);
            }),
        new DirectCase(
            new SimPo(2, 1),
            0.3132616875,
            ofMeans((w, l) -> logSigmoid(w.subtract(l).multiply(2).subtract(1)).negate()),
            p -> {
              double wrong = s(1 - 2 * (p.lw / p.nw - p.ll / p.nl));
              return both(-2 * wrong / p.nw, 2 * wrong / p.nl);
            }),
        // r = 4 (1 - e^(-l/4)): 4 (1 - e^.5) and 4 (1 - e^.75)
        new DirectCase(
            new AlphaPo(2, 0.5, 0.25),
            Math.log1p(Math.exp(0.5 - 8 * (Math.exp(0.75) - Math.exp(0.5)))),
            ofMeans((w, l) ->
                logSigmoid(
                        l.multiply(-0.25)
                            .exp()
                            .subtract(w.multiply(-0.25).exp())
                            .multiply(8)
                            .subtract(0.5))
                    .negate()),
            p -> {
              double ew = Math.exp(-0.25 * p.lw / p.nw);
              double el = Math.exp(-0.25 * p.ll / p.nl);
              double wrong = s(0.5 - 8 * (el - ew));
              return both(-2 * wrong * ew / p.nw, 2 * wrong * el / p.nl);
            }),
        new DirectCase(
            new AlphaPo(2, 0.5, 0),
            0.2014132780,
            ofMeans((w, l) -> logSigmoid(w.subtract(l).multiply(2).subtract(0.5)).negate()),
            p -> {
              double wrong = s(0.5 - 2 * (p.lw / p.nw - p.ll / p.nl));
              return both(-2 * wrong / p.nw, 2 * wrong / p.nl);
            }),
        new DirectCase(
            new Cpo(B),
            Math.log1p(Math.exp(-0.2)) + 10,
            pairs -> (lw, ll) -> logSigmoid(lw.subtract(ll).multiply(B)).negate().subtract(lw),
            p -> {
              double wrong = s(-B * (p.lw - p.ll));
              return both(-B * wrong - 1, B * wrong);
            }),
        new DirectCase(
            new Cpo(B, 0.5, AnswerLength.MEAN),
            Math.log1p(Math.exp(-0.2)) + 1,
            pairs ->
                (lw, ll) ->
                    logSigmoid(lw.subtract(ll).multiply(B))
                        .negate()
                        .subtract(lw.divide(pairs.chosenLengths()[0]).multiply(0.5)),
            p -> {
              double wrong = s(-B * (p.lw - p.ll));
              return both(-B * wrong - 0.5 / p.nw, B * wrong);
            }),
        new DirectCase(
            new Hinge(B),
            0.85,
            ofMargin(d -> positive(d.multiply(-B).add(1))),
            p -> margin(B * p.margin < 1 ? -B : 0)),
        new DirectCase(
            new Slic(3, 0.1),
            2,
            pairs -> (lw, ll) -> positive(ll.subtract(lw).add(3)).subtract(lw.multiply(0.1)),
            p -> {
              double active = p.lw - p.ll < 3 ? 1 : 0;
              return both(-active - 0.1, active);
            }),
        new DirectCase(
            new CalDpo(B),
            Math.log1p(Math.exp(-1.5)) + 36.25,
            ofRatios((dw, dl) ->
                logSigmoid(dw.subtract(dl))
                    .negate()
                    .add(square(dw.subtract(5)))
                    .add(square(dl.add(5)))),
            p -> both(-s(-p.margin) + 2 * (p.dw - 5), s(-p.margin) + 2 * (p.dl + 5))),
        new DirectCase(
            new ApoZero(B),
            0.9625234160,
            ofRatios(
                (dw, dl) -> sigmoid(dw.multiply(B)).negate().add(1).add(sigmoid(dl.multiply(B)))),
            p -> both(-B * s(B * p.dw) * s(-B * p.dw), B * s(B * p.dl) * s(-B * p.dl))),
        new DirectCase(
            new ApoDown(B),
            0.9875493421,
            ofRatios((dw, dl) ->
                sigmoid(dw.multiply(B)).add(sigmoid(dw.subtract(dl).multiply(B)).negate().add(1))),
            p -> {
              double slope = B * s(B * p.margin) * s(-B * p.margin);
              return both(B * s(B * p.dw) * s(-B * p.dw) - slope, slope);
            }),
        new DirectCase(
            new Bco(B),
            1.3128563081,
            ofRatios((dw, dl) ->
                logSigmoid(dw.multiply(B)).negate().subtract(logSigmoid(dl.multiply(-B)))),
            p -> both(-B * s(-B * p.dw), B * s(B * p.dl))),
        new DirectCase(
            new Bco(B, 0.3),
            Math.log1p(Math.exp(0.2)) + Math.log1p(Math.exp(-0.35)),
            ofRatios((dw, dl) ->
                logSigmoid(dw.multiply(B).subtract(0.3))
                    .negate()
                    .subtract(logSigmoid(dl.multiply(-B).add(0.3)))),
            p -> both(-B * s(0.3 - B * p.dw), B * s(B * p.dl - 0.3))),
        new DirectCase(
            new Nca(B),
            1.3508248141,
            ofRatios((dw, dl) ->
                logSigmoid(dw.multiply(B))
                    .negate()
                    .subtract(logSigmoid(dw.multiply(-B)).multiply(0.5))
                    .subtract(logSigmoid(dl.multiply(-B)).multiply(0.5))),
            p -> both(-B * s(-B * p.dw) + B / 2 * s(B * p.dw), B / 2 * s(B * p.dl))),
        new DirectCase(
            new Sppo(B),
            36.25,
            ofRatios((dw, dl) -> square(dw.subtract(5)).add(square(dl.add(5)))),
            p -> both(2 * (p.dw - 5), 2 * (p.dl + 5))),
        new DirectCase(
            new Exo(B, 1e-3),
            2.5055165555,
            ofMargin(d -> {
              DerivativeStructure q = sigmoid(d.multiply(B));
              DerivativeStructure r = sigmoid(d.multiply(-B));
              return q.multiply(q.log().subtract(Math.log(0.999)))
                  .add(r.multiply(r.log().subtract(Math.log(0.001))));
            }),
            p -> {
              double a = B * p.margin;
              return margin(B * s(a) * s(-a) * (a - Math.log(999)));
            }),
        new DirectCase(
            new DpoWithLikelihood(B, 1),
            2.6209570478,
            pairs ->
                (lw, ll) ->
                    ofMargin(d -> logSigmoid(d.multiply(B)).negate())
                        .apply(pairs)
                        .apply(lw, ll)
                        .subtract(lw.divide(pairs.chosenLengths()[0])),
            p -> both(-B * s(-B * p.margin) - 1 / p.nw, B * s(-B * p.margin))),
        new DirectCase(
            new DpoWithLikelihood(B, 0.5, AnswerLength.SUM),
            5.6209570478,
            pairs ->
                (lw, ll) ->
                    ofMargin(d -> logSigmoid(d.multiply(B)).negate())
                        .apply(pairs)
                        .apply(lw, ll)
                        .subtract(lw.multiply(0.5)),
            p -> both(-B * s(-B * p.margin) - 0.5, B * s(-B * p.margin))),
        new DirectCase(
            new LengthNormalizedDpo(B),
            0.6770292060,
            pairs ->
                (lw, ll) ->
                    logSigmoid(
                            lw.subtract(pairs.referenceChosen()[0])
                                .divide(pairs.chosenLengths()[0])
                                .subtract(
                                    ll.subtract(pairs.referenceRejected()[0])
                                        .divide(pairs.rejectedLengths()[0]))
                                .multiply(B))
                        .negate(),
            p -> {
              double wrong = s(-B * (p.dw / p.nw - p.dl / p.nl));
              return both(-B * wrong / p.nw, B * wrong / p.nl);
            }),
        new DirectCase(
            new DiscoPop(B, 0.05),
            0.8493375793,
            ofMargin(d -> {
              DerivativeStructure l = d.multiply(B);
              DerivativeStructure m = sigmoid(l.divide(0.05));
              return logSigmoid(l)
                  .multiply(m.negate().add(1))
                  .negate()
                  .add(m.multiply(l.negate().exp()));
            }),
            p -> {
              double l = B * p.margin;
              double m = s(l / 0.05);
              double gate = m * s(-l / 0.05) / 0.05;
              double logistic = Math.log1p(Math.exp(-l));
              double slope = -gate * logistic - (1 - m) * s(-l) + (gate - m) * Math.exp(-l);
              return margin(B * slope);
            }),
        new DirectCase(
            new FDivergenceDpo(B, new FDivergenceDpo.ReverseKl()),
            0.6209570478,
            ofMargin(d -> logSigmoid(d.multiply(B)).negate()),
            p -> margin(-B * s(-B * p.margin))),
        new DirectCase(
            new FDivergenceDpo(B, new FDivergenceDpo.ForwardKl()),
            Math.log1p(Math.exp(-B * (Math.exp(0.5) - Math.exp(-1)))),
            ofRatios((dw, dl) ->
                logSigmoid(dl.negate().exp().subtract(dw.negate().exp()).multiply(B)).negate()),
            p -> {
              double wrong = s(-B * (Math.exp(-p.dl) - Math.exp(-p.dw)));
              return both(-B * wrong * Math.exp(-p.dw), B * wrong * Math.exp(-p.dl));
            }),
        new DirectCase(
            new FDivergenceDpo(B, new FDivergenceDpo.JensenShannon()),
            Math.log1p(Math.exp(-B * (Math.log(s(1)) - Math.log(s(-0.5))))),
            ofRatios((dw, dl) ->
                logSigmoid(logSigmoid(dw).subtract(logSigmoid(dl)).multiply(B)).negate()),
            p -> {
              double wrong = s(-B * (Math.log(s(p.dw)) - Math.log(s(p.dl))));
              return both(-B * wrong * s(-p.dw), B * wrong * s(-p.dl));
            }),
        new DirectCase(
            new FDivergenceDpo(B, new FDivergenceDpo.Alpha(0.5)),
            Math.log1p(Math.exp(-2 * B * (Math.exp(0.25) - Math.exp(-0.5)))),
            ofRatios((dw, dl) ->
                logSigmoid(
                        dl.multiply(-0.5).exp().subtract(dw.multiply(-0.5).exp()).multiply(2 * B))
                    .negate()),
            p -> {
              double ew = Math.exp(-0.5 * p.dw);
              double el = Math.exp(-0.5 * p.dl);
              double wrong = s(-2 * B * (el - ew));
              return both(-B * wrong * ew, B * wrong * el);
            }),
        new DirectCase(
            new PlackettLuceDpo(B),
            0.6209570478,
            ofMargin(d -> logSigmoid(d.multiply(B)).negate()),
            p -> margin(-B * s(-B * p.margin))));
  }

  private static DerivativeStructure positive(DerivativeStructure x) {
    return x.getValue() > 0 ? x : x.multiply(0);
  }

  private static double bernoulliKl(double p, double q) {
    return p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q));
  }
}
