package org.rlhf4j.rlhf.direct;

import static org.rlhf4j.rlhf.direct.DirectCase.B;
import static org.rlhf4j.rlhf.direct.DirectCase.both;
import static org.rlhf4j.rlhf.direct.DirectCase.logSigmoid;
import static org.rlhf4j.rlhf.direct.DirectCase.ofMargin;
import static org.rlhf4j.rlhf.direct.DirectCase.ofMeans;
import static org.rlhf4j.rlhf.direct.DirectCase.positive;
import static org.rlhf4j.rlhf.direct.DirectCase.s;

import java.util.List;
import org.apache.commons.math3.analysis.differentiation.DerivativeStructure;

/** Losses in which the likelihood itself counts, see {@link DirectCase}. */
final class LikelihoodCases {
  private LikelihoodCases() {}

  static List<DirectCase> all() {
    return List.of(
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
              double w = p.lw() / p.nw();
              double l = p.ll() / p.nl();
              double pw = Math.exp(w);
              double pl = Math.exp(l);
              double wrong = 1 / (1 + Math.exp(w - l) * (1 - pl) / (1 - pw));
              return both((-1 - B * wrong / (1 - pw)) / p.nw(), B * wrong / (1 - pl) / p.nl());
            }),
        new DirectCase(
            SimPo.ofRatio(2, 0.25),
            0.2014132780,
            ofMeans((w, l) -> logSigmoid(w.subtract(l).multiply(2).subtract(0.5)).negate()),
            p -> {
              double wrong = s(0.5 - 2 * (p.lw() / p.nw() - p.ll() / p.nl()));
              return both(-2 * wrong / p.nw(), 2 * wrong / p.nl());
            }),
        new DirectCase(
            new SimPo(2, 1),
            0.3132616875,
            ofMeans((w, l) -> logSigmoid(w.subtract(l).multiply(2).subtract(1)).negate()),
            p -> {
              double wrong = s(1 - 2 * (p.lw() / p.nw() - p.ll() / p.nl()));
              return both(-2 * wrong / p.nw(), 2 * wrong / p.nl());
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
              double ew = Math.exp(-0.25 * p.lw() / p.nw());
              double el = Math.exp(-0.25 * p.ll() / p.nl());
              double wrong = s(0.5 - 8 * (el - ew));
              return both(-2 * wrong * ew / p.nw(), 2 * wrong * el / p.nl());
            }),
        new DirectCase(
            new AlphaPo(2, 0.5, 0),
            0.2014132780,
            ofMeans((w, l) -> logSigmoid(w.subtract(l).multiply(2).subtract(0.5)).negate()),
            p -> {
              double wrong = s(0.5 - 2 * (p.lw() / p.nw() - p.ll() / p.nl()));
              return both(-2 * wrong / p.nw(), 2 * wrong / p.nl());
            }),
        new DirectCase(
            new Cpo(B),
            Math.log1p(Math.exp(-0.2)) + 10,
            pairs -> (lw, ll) -> logSigmoid(lw.subtract(ll).multiply(B)).negate().subtract(lw),
            p -> {
              double wrong = s(-B * (p.lw() - p.ll()));
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
              double wrong = s(-B * (p.lw() - p.ll()));
              return both(-B * wrong - 0.5 / p.nw(), B * wrong);
            }),
        new DirectCase(
            new Slic(3, 0.1),
            2,
            pairs -> (lw, ll) -> positive(ll.subtract(lw).add(3)).subtract(lw.multiply(0.1)),
            p -> {
              double active = p.lw() - p.ll() < 3 ? 1 : 0;
              return both(-active - 0.1, active);
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
            p -> both(-B * s(-B * p.margin()) - 1 / p.nw(), B * s(-B * p.margin()))),
        new DirectCase(
            new DpoWithLikelihood(B, 0.5, AnswerLength.SUM),
            5.6209570478,
            pairs ->
                (lw, ll) ->
                    ofMargin(d -> logSigmoid(d.multiply(B)).negate())
                        .apply(pairs)
                        .apply(lw, ll)
                        .subtract(lw.multiply(0.5)),
            p -> both(-B * s(-B * p.margin()) - 0.5, B * s(-B * p.margin()))));
  }
}
