package org.rlhf4j.rlhf;

import static org.rlhf4j.rlhf.LossCase.constant;
import static org.rlhf4j.rlhf.LossCase.larger;
import static org.rlhf4j.rlhf.LossCase.s;
import static org.rlhf4j.rlhf.LossCase.smaller;
import static org.rlhf4j.rlhf.LossCase.square;
import static org.rlhf4j.rlhf.LossCase.sum;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.apache.commons.math3.analysis.differentiation.DerivativeStructure;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.kl.KlEstimator;
import org.rlhf4j.rlhf.kl.KlInLoss;
import org.rlhf4j.rlhf.kl.NoKl;
import org.rlhf4j.rlhf.policy.Aggregation;
import org.rlhf4j.rlhf.policy.ClippedSurrogate;
import org.rlhf4j.rlhf.policy.ClippedWeightSurrogate;
import org.rlhf4j.rlhf.policy.DualClippedSurrogate;
import org.rlhf4j.rlhf.policy.ImportanceRatio;
import org.rlhf4j.rlhf.policy.PlainSurrogate;
import org.rlhf4j.rlhf.policy.PolicyBatch;
import org.rlhf4j.rlhf.policy.PolicyLoss;
import org.rlhf4j.rlhf.policy.SoftGateSurrogate;
import org.rlhf4j.rlhf.policy.Surrogate;
import org.rlhf4j.rlhf.policy.TaperedSurrogate;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.rlhf.policy.ValueLoss;
import org.rlhf4j.tensor.Shape;

/** Losses of policies and of values, see {@link LossCase}. */
final class PolicyLossCases {
  private static final boolean[][] TWO = {{true, true}};

  /** What the tokens were sampled with, their reference and their advantages. */
  private static final double[] OLD = {-1.1, -0.7};

  private static final double[] REFERENCE = {-0.9, -1.6};
  private static final double[] ADVANTAGES = {1.5, -0.8};

  private PolicyLossCases() {}

  static List<LossCase> all() {
    List<LossCase> cases = new ArrayList<>();
    values(cases);
    surrogates(cases);
    sequenceRatios(cases);
    penalties(cases);
    return cases;
  }

  private static void values(List<LossCase> cases) {
    double[] old = {0.3, -0.2};
    double[] returns = {1, -1};
    cases.add(
        LossCase.of(
            "value, clipped",
            2,
            x ->
                new ValueLoss(0.2)
                    .apply(
                        x.reshape(1, 2),
                        new double[][] {old},
                        new double[][] {returns},
                        TWO,
                        Totals.of(TWO))
                    .loss(),
            x -> {
              DerivativeStructure[] losses = new DerivativeStructure[2];
              for (int t = 0; t < 2; t++) {
                double kept = Math.clamp(x[t].getValue(), old[t] - 0.2, old[t] + 0.2);
                DerivativeStructure clipped =
                    kept == x[t].getValue() ? x[t] : constant(x[t].multiply(0).add(kept));
                losses[t] =
                    larger(square(x[t].subtract(returns[t])), square(clipped.subtract(returns[t])));
              }
              return sum(losses).divide(4);
            },
            x -> {
              double[] slopes = new double[2];
              for (int t = 0; t < 2; t++) {
                double kept = Math.clamp(x[t], old[t] - 0.2, old[t] + 0.2);
                boolean flat =
                    kept != x[t] && Math.abs(kept - returns[t]) > Math.abs(x[t] - returns[t]);
                slopes[t] = flat ? 0 : (x[t] - returns[t]) / 2;
              }
              return slopes;
            }));
  }

  private static void surrogates(List<LossCase> cases) {
    surrogate(cases, "plain", new PlainSurrogate(), (r, lp, a) -> r.multiply(a), (r, a) -> r * a);
    surrogate(
        cases,
        "clipped",
        new ClippedSurrogate(0.2, 0.3),
        (r, lp, a) -> smaller(r.multiply(a), clip(r, 0.8, 1.3).multiply(a)),
        (r, a) -> a > 0 ? (r > 1.3 ? 0 : r * a) : (r < 0.8 ? 0 : r * a));
    surrogate(
        cases,
        "dual clip",
        new DualClippedSurrogate(0.2, 0.2, 1.5),
        (r, lp, a) -> {
          DerivativeStructure clipped = smaller(r.multiply(a), clip(r, 0.8, 1.2).multiply(a));
          return a < 0 ? larger(clipped, constant(r).multiply(0).add(1.5 * a)) : clipped;
        },
        (r, a) -> a > 0 ? (r > 1.2 ? 0 : r * a) : (r < 0.8 || r > 1.5 ? 0 : r * a));
    surrogate(
        cases,
        "clipped weights",
        new ClippedWeightSurrogate(0.7, 1.4),
        (r, lp, a) -> lp.multiply(a * Math.clamp(r.getValue(), 0.7, 1.4)),
        (r, a) -> a * Math.clamp(r, 0.7, 1.4));
    surrogate(
        cases,
        "soft gate",
        new SoftGateSurrogate(1, 1.05),
        (r, lp, a) -> {
          double tau = a > 0 ? 1 : 1.05;
          return r.subtract(1).multiply(-tau).exp().add(1).reciprocal().multiply(4 * a / tau);
        },
        (r, a) -> {
          double x = (a > 0 ? 1 : 1.05) * (r - 1);
          return 4 * a * s(x) * s(-x) * r;
        });
    surrogate(
        cases,
        "tapered",
        new TaperedSurrogate(),
        (r, lp, a) -> lp.multiply(a > 0 ? a : a * Math.min(r.getValue(), 1)),
        (r, a) -> a > 0 ? a : a * Math.min(r, 1));
  }

  private interface Objective {
    DerivativeStructure of(
        DerivativeStructure ratio, DerivativeStructure logprob, double advantage);
  }

  private interface Slope {
    double of(double ratio, double advantage);
  }

  private static DerivativeStructure clip(DerivativeStructure r, double low, double high) {
    double kept = Math.clamp(r.getValue(), low, high);
    return kept == r.getValue() ? r : constant(r).multiply(0).add(kept);
  }

  /** Two tokens, mean over both. */
  private static void surrogate(
      List<LossCase> cases, String name, Surrogate surrogate, Objective objective, Slope slope) {
    cases.add(
        LossCase.ofLogprobs(
            "surrogate, " + name,
            2,
            x -> policyLoss(ImportanceRatio.TOKEN, surrogate, x),
            x ->
                sum(
                        objective.of(x[0].subtract(OLD[0]).exp(), x[0], ADVANTAGES[0]),
                        objective.of(x[1].subtract(OLD[1]).exp(), x[1], ADVANTAGES[1]))
                    .divide(-2),
            x ->
                new double[] {
                  -slope.of(Math.exp(x[0] - OLD[0]), ADVANTAGES[0]) / 2,
                  -slope.of(Math.exp(x[1] - OLD[1]), ADVANTAGES[1]) / 2
                }));
  }

  private static Variable policyLoss(ImportanceRatio ratio, Surrogate surrogate, Variable x) {
    return new PolicyLoss(ratio, surrogate, new NoKl(), new Aggregation.TokenMean())
        .apply(
            new PolicyBatch(
                x.reshape(1, 2), new double[][] {OLD}, new double[][] {ADVANTAGES}, TWO))
        .loss();
  }

  /** One ratio for both tokens: its slope carries the sum of both advantages. */
  private static void sequenceRatios(List<LossCase> cases) {
    double advantages = ADVANTAGES[0] + ADVANTAGES[1];
    for (ImportanceRatio ratio :
        new ImportanceRatio[] {ImportanceRatio.SEQUENCE, ImportanceRatio.SEQUENCE_MEAN}) {
      double share = ratio == ImportanceRatio.SEQUENCE ? 1 : 0.5;
      cases.add(
          LossCase.ofLogprobs(
              "ratio of the " + ratio,
              2,
              x -> policyLoss(ratio, new PlainSurrogate(), x),
              x ->
                  x[0].add(x[1])
                      .subtract(OLD[0] + OLD[1])
                      .multiply(share)
                      .exp()
                      .multiply(-advantages / 2),
              x -> {
                double rho = Math.exp(share * (x[0] + x[1] - OLD[0] - OLD[1]));
                double slope = -share * rho * advantages / 2;
                return new double[] {slope, slope};
              }));
    }
    cases.add(
        LossCase.ofLogprobs(
            "no ratio",
            2,
            x -> policyLoss(ImportanceRatio.NONE, new PlainSurrogate(), x),
            x ->
                sum(
                        x[0].subtract(constant(x[0])).exp().multiply(ADVANTAGES[0]),
                        x[1].subtract(constant(x[1])).exp().multiply(ADVANTAGES[1]))
                    .divide(-2),
            _ -> new double[] {-ADVANTAGES[0] / 2, -ADVANTAGES[1] / 2}));
  }

  private static void penalties(List<LossCase> cases) {
    penalty(cases, KlEstimator.K1, d -> d, d -> d, _ -> 1);
    penalty(cases, KlEstimator.K2, d -> square(d).divide(2), d -> d * d / 2, d -> d);
    penalty(
        cases,
        KlEstimator.K3,
        d -> d.negate().exp().subtract(1).add(d),
        d -> Math.exp(-d) - 1 + d,
        d -> 1 - Math.exp(-d));
    penalty(
        cases,
        KlEstimator.K3_PLUS,
        d -> {
          DerivativeStructure k2 = square(d).divide(2);
          DerivativeStructure k3 = d.negate().exp().subtract(1).add(d);
          return k2.subtract(constant(k2)).add(constant(k3));
        },
        d -> Math.exp(-d) - 1 + d,
        d -> d);
    penalty(cases, KlEstimator.ABSOLUTE, DerivativeStructure::abs, Math::abs, Math::signum);
  }

  private static void penalty(
      List<LossCase> cases,
      KlEstimator estimator,
      UnaryOperator<DerivativeStructure> formula,
      DoubleUnaryOperator value,
      DoubleUnaryOperator slope) {
    for (boolean weighted : new boolean[] {false, true}) {
      KlInLoss penalty = new KlInLoss(estimator, 0.04, weighted);
      cases.add(
          LossCase.ofLogprobs(
              penalty.toString(),
              1,
              x ->
                  penalty.penalty(
                      x,
                      x.tape().constant(Shape.of(1), OLD[0]),
                      x.tape().constant(Shape.of(1), REFERENCE[0])),
              x -> {
                DerivativeStructure estimate = formula.apply(x[0].subtract(REFERENCE[0]));
                DerivativeStructure ratio = x[0].subtract(OLD[0]).exp();
                return (weighted ? ratio.multiply(estimate) : estimate).multiply(0.04);
              },
              x -> {
                double d = x[0] - REFERENCE[0];
                double rho = Math.exp(x[0] - OLD[0]);
                double product = value.applyAsDouble(d) + slope.applyAsDouble(d);
                return new double[] {0.04 * (weighted ? rho * product : slope.applyAsDouble(d))};
              }));
    }
  }
}
