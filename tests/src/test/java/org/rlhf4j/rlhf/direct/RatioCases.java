package org.rlhf4j.rlhf.direct;

import static org.rlhf4j.rlhf.direct.DirectCase.B;
import static org.rlhf4j.rlhf.direct.DirectCase.both;
import static org.rlhf4j.rlhf.direct.DirectCase.logSigmoid;
import static org.rlhf4j.rlhf.direct.DirectCase.margin;
import static org.rlhf4j.rlhf.direct.DirectCase.ofMargin;
import static org.rlhf4j.rlhf.direct.DirectCase.ofRatios;
import static org.rlhf4j.rlhf.direct.DirectCase.s;
import static org.rlhf4j.rlhf.direct.DirectCase.sigmoid;
import static org.rlhf4j.rlhf.direct.DirectCase.square;

import java.util.List;

/** Losses of the two log-ratios, see {@link DirectCase}. */
final class RatioCases {
  private RatioCases() {}

  static List<DirectCase> all() {
    return List.of(
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
              double w = B * (p.dw() - p.z());
              double l = B * (p.dl() - p.z());
              return both(-B / 2 * s(w) * s(-w), B / 2 * s(l) * s(-l));
            }),
        new DirectCase(
            new CalDpo(B),
            Math.log1p(Math.exp(-1.5)) + 36.25,
            ofRatios((dw, dl) ->
                logSigmoid(dw.subtract(dl))
                    .negate()
                    .add(square(dw.subtract(5)))
                    .add(square(dl.add(5)))),
            p -> both(-s(-p.margin()) + 2 * (p.dw() - 5), s(-p.margin()) + 2 * (p.dl() + 5))),
        new DirectCase(
            new ApoZero(B),
            0.9625234160,
            ofRatios(
                (dw, dl) -> sigmoid(dw.multiply(B)).negate().add(1).add(sigmoid(dl.multiply(B)))),
            p -> both(-B * s(B * p.dw()) * s(-B * p.dw()), B * s(B * p.dl()) * s(-B * p.dl()))),
        new DirectCase(
            new ApoDown(B),
            0.9875493421,
            ofRatios((dw, dl) ->
                sigmoid(dw.multiply(B)).add(sigmoid(dw.subtract(dl).multiply(B)).negate().add(1))),
            p -> {
              double slope = B * s(B * p.margin()) * s(-B * p.margin());
              return both(B * s(B * p.dw()) * s(-B * p.dw()) - slope, slope);
            }),
        new DirectCase(
            new Bco(B),
            1.3128563081,
            ofRatios((dw, dl) ->
                logSigmoid(dw.multiply(B)).negate().subtract(logSigmoid(dl.multiply(-B)))),
            p -> both(-B * s(-B * p.dw()), B * s(B * p.dl()))),
        new DirectCase(
            new Bco(B, 0.3),
            Math.log1p(Math.exp(0.2)) + Math.log1p(Math.exp(-0.35)),
            ofRatios((dw, dl) ->
                logSigmoid(dw.multiply(B).subtract(0.3))
                    .negate()
                    .subtract(logSigmoid(dl.multiply(-B).add(0.3)))),
            p -> both(-B * s(0.3 - B * p.dw()), B * s(B * p.dl() - 0.3))),
        new DirectCase(
            new Nca(B),
            1.3508248141,
            ofRatios((dw, dl) ->
                logSigmoid(dw.multiply(B))
                    .negate()
                    .subtract(logSigmoid(dw.multiply(-B)).multiply(0.5))
                    .subtract(logSigmoid(dl.multiply(-B)).multiply(0.5))),
            p -> both(-B * s(-B * p.dw()) + B / 2 * s(B * p.dw()), B / 2 * s(B * p.dl()))),
        new DirectCase(
            new Sppo(B),
            36.25,
            ofRatios((dw, dl) -> square(dw.subtract(5)).add(square(dl.add(5)))),
            p -> both(2 * (p.dw() - 5), 2 * (p.dl() + 5))),
        new DirectCase(
            new FDivergenceDpo(B, new FDivergenceDpo.ReverseKl()),
            0.6209570478,
            ofMargin(d -> logSigmoid(d.multiply(B)).negate()),
            p -> margin(-B * s(-B * p.margin()))),
        new DirectCase(
            new FDivergenceDpo(B, new FDivergenceDpo.ForwardKl()),
            Math.log1p(Math.exp(-B * (Math.exp(0.5) - Math.exp(-1)))),
            ofRatios((dw, dl) ->
                logSigmoid(dl.negate().exp().subtract(dw.negate().exp()).multiply(B)).negate()),
            p -> {
              double wrong = s(-B * (Math.exp(-p.dl()) - Math.exp(-p.dw())));
              return both(-B * wrong * Math.exp(-p.dw()), B * wrong * Math.exp(-p.dl()));
            }),
        new DirectCase(
            new FDivergenceDpo(B, new FDivergenceDpo.JensenShannon()),
            Math.log1p(Math.exp(-B * (Math.log(s(1)) - Math.log(s(-0.5))))),
            ofRatios((dw, dl) ->
                logSigmoid(logSigmoid(dw).subtract(logSigmoid(dl)).multiply(B)).negate()),
            p -> {
              double wrong = s(-B * (Math.log(s(p.dw())) - Math.log(s(p.dl()))));
              return both(-B * wrong * s(-p.dw()), B * wrong * s(-p.dl()));
            }),
        new DirectCase(
            new FDivergenceDpo(B, new FDivergenceDpo.Alpha(0.5)),
            Math.log1p(Math.exp(-2 * B * (Math.exp(0.25) - Math.exp(-0.5)))),
            ofRatios((dw, dl) ->
                logSigmoid(
                        dl.multiply(-0.5).exp().subtract(dw.multiply(-0.5).exp()).multiply(2 * B))
                    .negate()),
            p -> {
              double ew = Math.exp(-0.5 * p.dw());
              double el = Math.exp(-0.5 * p.dl());
              double wrong = s(-2 * B * (el - ew));
              return both(-B * wrong * ew, B * wrong * el);
            }));
  }
}
