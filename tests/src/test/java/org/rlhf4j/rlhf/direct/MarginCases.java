package org.rlhf4j.rlhf.direct;

import static org.rlhf4j.rlhf.direct.DirectCase.B;
import static org.rlhf4j.rlhf.direct.DirectCase.bernoulliKl;
import static org.rlhf4j.rlhf.direct.DirectCase.both;
import static org.rlhf4j.rlhf.direct.DirectCase.logSigmoid;
import static org.rlhf4j.rlhf.direct.DirectCase.margin;
import static org.rlhf4j.rlhf.direct.DirectCase.ofMargin;
import static org.rlhf4j.rlhf.direct.DirectCase.positive;
import static org.rlhf4j.rlhf.direct.DirectCase.s;
import static org.rlhf4j.rlhf.direct.DirectCase.sigmoid;
import static org.rlhf4j.rlhf.direct.DirectCase.square;

import java.util.List;
import org.apache.commons.math3.analysis.differentiation.DerivativeStructure;

/**
 * Losses of the margin between the log-ratios alone, of their means too, see {@link DirectCase}.
 */
final class MarginCases {
  private MarginCases() {}

  static List<DirectCase> all() {
    return List.of(
        new DirectCase(
            new Dpo(B),
            0.6209570478,
            ofMargin(d -> logSigmoid(d.multiply(B)).negate()),
            p -> margin(-B * s(-B * p.margin()))),
        new DirectCase(
            new ConservativeDpo(B, 0.1),
            0.6359570478,
            ofMargin(d ->
                logSigmoid(d.multiply(B))
                    .multiply(-0.9)
                    .subtract(logSigmoid(d.multiply(-B)).multiply(0.1))),
            p -> margin(B * (s(B * p.margin()) - 0.9))),
        new DirectCase(
            new RobustDpo(B, 0.1),
            0.6022070478,
            ofMargin(d ->
                logSigmoid(d.multiply(B))
                    .multiply(-0.9)
                    .add(logSigmoid(d.multiply(-B)).multiply(0.1))
                    .divide(0.8)),
            p -> margin(B * (-0.9 * s(-B * p.margin()) - 0.1 * s(B * p.margin())) / 0.8)),
        new DirectCase(
            new Ipo(B),
            12.25,
            ofMargin(d -> square(d.subtract(5))),
            p -> margin(2 * (p.margin() - 5))),
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
              double slope = 2 * (p.dw() / p.nw() - p.dl() / p.nl() - 5);
              return both(slope / p.nw(), -slope / p.nl());
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
                                        .subtract(
                                            2 * Math.log(DirectCase.Point.of(pairs).scoreMargin())))
                                .negate())
                        .apply(pairs)
                        .apply(lw, ll),
            p -> margin(-B * s(2 * Math.log(p.scoreMargin()) - B * p.margin()))),
        new DirectCase(
            new Rebel(0.5),
            2.25,
            pairs ->
                (lw, ll) ->
                    ofMargin(d ->
                            square(
                                d.multiply(2).subtract(DirectCase.Point.of(pairs).scoreMargin())))
                        .apply(pairs)
                        .apply(lw, ll),
            p -> margin(4 * (2 * p.margin() - p.scoreMargin()))),
        new DirectCase(
            new RewardAwarePo(B, 3, RewardAwarePo.Distance.SQUARED),
            (0.15 - 4.5) * (0.15 - 4.5),
            pairs ->
                (lw, ll) ->
                    ofMargin(d ->
                            square(
                                d.multiply(B)
                                    .subtract(3 * DirectCase.Point.of(pairs).scoreMargin())))
                        .apply(pairs)
                        .apply(lw, ll),
            p -> margin(2 * B * (B * p.margin() - 3 * p.scoreMargin()))),
        new DirectCase(
            new RewardAwarePo(B, 1, RewardAwarePo.Distance.BACKWARD_KL),
            bernoulliKl(s(1.5), s(0.15)),
            pairs ->
                (lw, ll) ->
                    ofMargin(
                            d -> {
                              double t = s(DirectCase.Point.of(pairs).scoreMargin());
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
            p -> margin(B * (s(B * p.margin()) - s(p.scoreMargin())))),
        new DirectCase(
            new RewardAwarePo(B, 1, RewardAwarePo.Distance.FORWARD_KL),
            bernoulliKl(s(0.15), s(1.5)),
            pairs ->
                (lw, ll) ->
                    ofMargin(
                            d -> {
                              double t = s(DirectCase.Point.of(pairs).scoreMargin());
                              DerivativeStructure q = sigmoid(d.multiply(B));
                              DerivativeStructure r = sigmoid(d.multiply(-B));
                              return q.multiply(q.log().subtract(Math.log(t)))
                                  .add(r.multiply(r.log().subtract(Math.log(1 - t))));
                            })
                        .apply(pairs)
                        .apply(lw, ll),
            p -> {
              double a = B * p.margin();
              return margin(B * s(a) * s(-a) * (a - p.scoreMargin()));
            }),
        new DirectCase(
            new Hinge(B),
            0.85,
            ofMargin(d -> positive(d.multiply(-B).add(1))),
            p -> margin(B * p.margin() < 1 ? -B : 0)),
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
              double a = B * p.margin();
              return margin(B * s(a) * s(-a) * (a - Math.log(999)));
            }),
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
              double wrong = s(-B * (p.dw() / p.nw() - p.dl() / p.nl()));
              return both(-B * wrong / p.nw(), B * wrong / p.nl());
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
              double l = B * p.margin();
              double m = s(l / 0.05);
              double gate = m * s(-l / 0.05) / 0.05;
              double logistic = Math.log1p(Math.exp(-l));
              double slope = -gate * logistic - (1 - m) * s(-l) + (gate - m) * Math.exp(-l);
              return margin(B * slope);
            }),
        new DirectCase(
            new PlackettLuceDpo(B),
            0.6209570478,
            ofMargin(d -> logSigmoid(d.multiply(B)).negate()),
            p -> margin(-B * s(-B * p.margin()))));
  }
}
