package org.rlhf4j.rlhf;

import static org.rlhf4j.rlhf.LossCase.constant;
import static org.rlhf4j.rlhf.LossCase.larger;
import static org.rlhf4j.rlhf.LossCase.logSoftmax;
import static org.rlhf4j.rlhf.LossCase.s;
import static org.rlhf4j.rlhf.LossCase.smaller;
import static org.rlhf4j.rlhf.LossCase.softplus;
import static org.rlhf4j.rlhf.LossCase.square;
import static org.rlhf4j.rlhf.LossCase.sum;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.apache.commons.math3.analysis.differentiation.DerivativeStructure;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.distill.Distillation;
import org.rlhf4j.rlhf.instruct.LikelihoodLoss;
import org.rlhf4j.rlhf.instruct.NextToken;
import org.rlhf4j.rlhf.kl.ExactKl;
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
import org.rlhf4j.rlhf.reward.OutcomeRewardLoss;
import org.rlhf4j.rlhf.reward.PairBalancing;
import org.rlhf4j.rlhf.reward.PlackettLuceLoss;
import org.rlhf4j.rlhf.reward.ProcessRewardLoss;
import org.rlhf4j.rlhf.reward.RewardModelLoss;
import org.rlhf4j.tensor.Shape;

/** Every loss that is none of direct alignment, see {@link LossCase}. */
final class LossCases {
  private static final boolean[][] TWO = {{true, true}};

  /** What the tokens were sampled with, their reference and their advantages. */
  private static final double[] OLD = {-1.1, -0.7};

  private static final double[] REFERENCE = {-0.9, -1.6};
  private static final double[] ADVANTAGES = {1.5, -0.8};

  private final List<LossCase> all = new ArrayList<>();

  static List<LossCase> all() {
    LossCases cases = new LossCases();
    cases.rewardModels();
    cases.outcomes();
    cases.values();
    cases.surrogates();
    cases.sequenceRatios();
    cases.penalties();
    cases.likelihood();
    cases.divergences();
    return cases.all;
  }

  private void rewardModels() {
    add(
        "reward model, margin 0.5, centring 0.01",
        2,
        x -> new RewardModelLoss(0.01).losses(x.slice(0, 0, 1), x.slice(0, 1, 2), 0.5),
        x -> softplus(x[1].subtract(x[0]).add(0.5)).add(square(x[0].add(x[1])).multiply(0.01)),
        x -> {
          double wrong = s(x[1] - x[0] + 0.5);
          double centre = 0.02 * (x[0] + x[1]);
          return new double[] {-wrong + centre, wrong + centre};
        });
    add(
        "reward model, softplus form",
        2,
        x -> RewardModelLoss.softplusForm(x.slice(0, 0, 1), x.slice(0, 1, 2)),
        x -> softplus(x[1].subtract(x[0])),
        x -> new double[] {-s(x[1] - x[0]), s(x[1] - x[0])});
    add(
        "pair balancing",
        3,
        x -> PairBalancing.losses(x.reshape(1, 3)),
        x ->
            sum(
                    softplus(x[1].subtract(x[0])),
                    softplus(x[2].subtract(x[0])),
                    softplus(x[2].subtract(x[1])))
                .divide(3),
        x -> {
          double a = s(x[1] - x[0]) / 3;
          double b = s(x[2] - x[0]) / 3;
          double c = s(x[2] - x[1]) / 3;
          return new double[] {-a - b, a - c, b + c};
        });
    add(
        "Plackett-Luce",
        3,
        x -> PlackettLuceLoss.losses(x.reshape(1, 3)),
        x -> sum(logSoftmax(x, 0, 3)[0], logSoftmax(x, 1, 3)[0]).negate(),
        x -> {
          double[] p = LogSpace.softmax(x);
          double q = s(x[2] - x[1]);
          return new double[] {p[0] - 1, p[1] - q, p[2] + q};
        });
  }

  private void outcomes() {
    add(
        "outcome reward by token",
        2,
        x -> OutcomeRewardLoss.perToken(x.reshape(1, 2), new boolean[] {true}, TWO, Totals.of(TWO)),
        x -> softplus(x[0].negate()).add(softplus(x[1].negate())).divide(2),
        x -> new double[] {-s(-x[0]) / 2, -s(-x[1]) / 2});
    add(
        "outcome reward by answer",
        2,
        x -> OutcomeRewardLoss.perAnswer(x.reshape(1, 2), new boolean[] {false}, TWO),
        x -> softplus(x[0].add(x[1]).divide(2)),
        x -> new double[] {s((x[0] + x[1]) / 2) / 2, s((x[0] + x[1]) / 2) / 2});
    boolean[][] end = {{true}};
    add(
        "process reward",
        3,
        x -> ProcessRewardLoss.apply(x.reshape(1, 1, 3), new int[][] {{1}}, end, Totals.of(end)),
        x -> logSoftmax(x, 0, 3)[2].negate(),
        x -> {
          double[] p = LogSpace.softmax(x);
          return new double[] {p[0], p[1], p[2] - 1};
        });
  }

  private void values() {
    double[] old = {0.3, -0.2};
    double[] returns = {1, -1};
    add(
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
        });
  }

  private void surrogates() {
    surrogate("plain", new PlainSurrogate(), (r, lp, a) -> r.multiply(a), (r, a) -> r * a);
    surrogate(
        "clipped",
        new ClippedSurrogate(0.2, 0.3),
        (r, lp, a) -> smaller(r.multiply(a), clip(r, 0.8, 1.3).multiply(a)),
        (r, a) -> a > 0 ? (r > 1.3 ? 0 : r * a) : (r < 0.8 ? 0 : r * a));
    surrogate(
        "dual clip",
        new DualClippedSurrogate(0.2, 0.2, 1.5),
        (r, lp, a) -> {
          DerivativeStructure clipped = smaller(r.multiply(a), clip(r, 0.8, 1.2).multiply(a));
          return a < 0 ? larger(clipped, constant(r).multiply(0).add(1.5 * a)) : clipped;
        },
        (r, a) -> a > 0 ? (r > 1.2 ? 0 : r * a) : (r < 0.8 || r > 1.5 ? 0 : r * a));
    surrogate(
        "clipped weights",
        new ClippedWeightSurrogate(0.7, 1.4),
        (r, lp, a) -> lp.multiply(a * Math.clamp(r.getValue(), 0.7, 1.4)),
        (r, a) -> a * Math.clamp(r, 0.7, 1.4));
    surrogate(
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
  private void surrogate(String name, Surrogate surrogate, Objective objective, Slope slope) {
    add(
        "surrogate, " + name,
        2,
        -2,
        -0.1,
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
            });
  }

  private static Variable policyLoss(ImportanceRatio ratio, Surrogate surrogate, Variable x) {
    return new PolicyLoss(ratio, surrogate, new NoKl(), new Aggregation.TokenMean())
        .apply(
            new PolicyBatch(
                x.reshape(1, 2), new double[][] {OLD}, new double[][] {ADVANTAGES}, TWO))
        .loss();
  }

  /** One ratio for both tokens: its slope carries the sum of both advantages. */
  private void sequenceRatios() {
    double advantages = ADVANTAGES[0] + ADVANTAGES[1];
    for (ImportanceRatio ratio :
        new ImportanceRatio[] {ImportanceRatio.SEQUENCE, ImportanceRatio.SEQUENCE_MEAN}) {
      double share = ratio == ImportanceRatio.SEQUENCE ? 1 : 0.5;
      add(
          "ratio of the " + ratio,
          2,
          -2,
          -0.1,
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
          });
    }
    add(
        "no ratio",
        2,
        -2,
        -0.1,
        x -> policyLoss(ImportanceRatio.NONE, new PlainSurrogate(), x),
        x ->
            sum(
                    x[0].subtract(constant(x[0])).exp().multiply(ADVANTAGES[0]),
                    x[1].subtract(constant(x[1])).exp().multiply(ADVANTAGES[1]))
                .divide(-2),
        _ -> new double[] {-ADVANTAGES[0] / 2, -ADVANTAGES[1] / 2});
  }

  private void penalties() {
    penalty(KlEstimator.K1, d -> d, d -> d, _ -> 1);
    penalty(KlEstimator.K2, d -> square(d).divide(2), d -> d * d / 2, d -> d);
    penalty(
        KlEstimator.K3,
        d -> d.negate().exp().subtract(1).add(d),
        d -> Math.exp(-d) - 1 + d,
        d -> 1 - Math.exp(-d));
    penalty(
        KlEstimator.K3_PLUS,
        d -> {
          DerivativeStructure k2 = square(d).divide(2);
          DerivativeStructure k3 = d.negate().exp().subtract(1).add(d);
          return k2.subtract(constant(k2)).add(constant(k3));
        },
        d -> Math.exp(-d) - 1 + d,
        d -> d);
    penalty(KlEstimator.ABSOLUTE, DerivativeStructure::abs, Math::abs, Math::signum);
  }

  private void penalty(
      KlEstimator estimator,
      UnaryOperator<DerivativeStructure> formula,
      DoubleUnaryOperator value,
      DoubleUnaryOperator slope) {
    for (boolean weighted : new boolean[] {false, true}) {
      KlInLoss penalty = new KlInLoss(estimator, 0.04, weighted);
      add(
          penalty.toString(),
          1,
          -2,
          -0.1,
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
          });
    }
  }

  private void likelihood() {
    int[][] ids = {{0, 2, 1}};
    boolean[][] mask = {{true, true, true}};
    add(
        "likelihood",
        9,
        x ->
            LikelihoodLoss.apply(x.reshape(1, 3, 3), ids, mask, Totals.of(NextToken.labels(mask)))
                .loss(),
        x -> sum(logSoftmax(x, 0, 3)[2], logSoftmax(x, 3, 6)[1]).divide(-2),
        x -> {
          double[] p = LogSpace.softmax(x[0], x[1], x[2]);
          double[] q = LogSpace.softmax(x[3], x[4], x[5]);
          return new double[] {
            p[0] / 2, p[1] / 2, (p[2] - 1) / 2, q[0] / 2, (q[1] - 1) / 2, q[2] / 2, 0, 0, 0
          };
        });
  }

  /** The first three inputs are the logits of the student, the teacher's are fixed. */
  private void divergences() {
    double[] teacher = {0.4, -1, 1.2};
    double[] log = LogSpace.logSoftmax(teacher);
    double[] t = LogSpace.softmax(teacher);
    add(
        "distillation, cross-entropy",
        3,
        x -> Distillation.crossEntropy(logits(x, teacher), x.reshape(1, 3)),
        x -> weighted(t, logSoftmax(x, 0, 3)).negate(),
        x -> minus(LogSpace.softmax(x), t));
    add(
        "distillation, forward KL",
        3,
        x -> Distillation.forward(logits(x, teacher), x.reshape(1, 3)),
        x -> weighted(t, logSoftmax(x, 0, 3)).negate().add(ExactKl.of(log, new double[3])),
        x -> minus(LogSpace.softmax(x), t));
    add(
        "distillation, reverse KL",
        3,
        x -> Distillation.reverse(logits(x, teacher), x.reshape(1, 3)),
        x -> {
          DerivativeStructure[] q = logSoftmax(x, 0, 3);
          return sum(
              q[0].exp().multiply(q[0].subtract(log[0])),
              q[1].exp().multiply(q[1].subtract(log[1])),
              q[2].exp().multiply(q[2].subtract(log[2])));
        },
        x -> towards(x, log));
    add(
        "exact KL",
        3,
        x -> ExactKl.of(x.reshape(1, 3), logits(x, teacher)),
        x -> {
          DerivativeStructure[] q = logSoftmax(x, 0, 3);
          return sum(
              q[0].exp().multiply(q[0].subtract(log[0])),
              q[1].exp().multiply(q[1].subtract(log[1])),
              q[2].exp().multiply(q[2].subtract(log[2])));
        },
        x -> towards(x, log));
    double beta = 0.3;
    add(
        "distillation, Jensen-Shannon",
        3,
        x -> Distillation.jensenShannon(logits(x, teacher), x.reshape(1, 3), beta),
        x -> {
          DerivativeStructure[] q = logSoftmax(x, 0, 3);
          DerivativeStructure[] terms = new DerivativeStructure[3];
          for (int v = 0; v < 3; v++) {
            DerivativeStructure m = q[v].exp().multiply(1 - beta).add(beta * t[v]).log();
            terms[v] =
                sum(
                    m.negate().add(log[v]).multiply(beta * t[v]),
                    q[v].exp().multiply(q[v].subtract(m)).multiply(1 - beta));
          }
          return sum(terms);
        },
        x -> {
          // the mixture's own slope drops out: (1 - beta) s (log(s / m) - KL(s || m))
          double[] q = LogSpace.softmax(x);
          double[] logM = new double[3];
          for (int v = 0; v < 3; v++) {
            logM[v] = Math.log(beta * t[v] + (1 - beta) * q[v]);
          }
          double[] slopes = towards(x, logM);
          for (int v = 0; v < 3; v++) {
            slopes[v] *= 1 - beta;
          }
          return slopes;
        });
  }

  private static Variable logits(Variable x, double... logits) {
    return x.tape().constant(Shape.of(1, 3), logits);
  }

  private static DerivativeStructure weighted(double[] weights, DerivativeStructure... x) {
    return sum(x[0].multiply(weights[0]), x[1].multiply(weights[1]), x[2].multiply(weights[2]));
  }

  private static double[] minus(double[] a, double[] b) {
    return new double[] {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
  }

  /** d KL(q || p) / d x_v = q_v (log(q_v / p_v) - KL). */
  private static double[] towards(double[] x, double[] logP) {
    double[] logQ = LogSpace.logSoftmax(x);
    double kl = ExactKl.of(logQ, logP);
    double[] slopes = new double[3];
    for (int v = 0; v < 3; v++) {
      slopes[v] = Math.exp(logQ[v]) * (logQ[v] - logP[v] - kl);
    }
    return slopes;
  }

  private void add(
      String name,
      int size,
      UnaryOperator<Variable> loss,
      java.util.function.Function<DerivativeStructure[], DerivativeStructure> formula,
      UnaryOperator<double[]> gradient) {
    add(name, size, -2.5, 2.5, loss, formula, gradient);
  }

  private void add(
      String name,
      int size,
      double low,
      double high,
      UnaryOperator<Variable> loss,
      java.util.function.Function<DerivativeStructure[], DerivativeStructure> formula,
      UnaryOperator<double[]> gradient) {
    all.add(new LossCase(name, size, low, high, loss, formula, gradient));
  }
}
