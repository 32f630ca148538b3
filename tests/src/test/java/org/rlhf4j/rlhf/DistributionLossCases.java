package org.rlhf4j.rlhf;

import static org.rlhf4j.rlhf.LossCase.logSoftmax;
import static org.rlhf4j.rlhf.LossCase.sum;

import java.util.ArrayList;
import java.util.List;
import org.apache.commons.math3.analysis.differentiation.DerivativeStructure;
import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.distill.Distillation;
import org.rlhf4j.rlhf.instruct.LikelihoodLoss;
import org.rlhf4j.rlhf.instruct.NextToken;
import org.rlhf4j.rlhf.kl.ExactKl;
import org.rlhf4j.rlhf.policy.Totals;
import org.rlhf4j.tensor.Shape;

/** Losses of distributions over tokens, see {@link LossCase}. */
final class DistributionLossCases {

  private DistributionLossCases() {}

  static List<LossCase> all() {
    List<LossCase> cases = new ArrayList<>();
    likelihood(cases);
    divergences(cases);
    return cases;
  }

  private static void likelihood(List<LossCase> cases) {
    int[][] ids = {{0, 2, 1}};
    boolean[][] mask = {{true, true, true}};
    cases.add(
        LossCase.of(
            "likelihood",
            9,
            x ->
                LikelihoodLoss.apply(
                        x.reshape(1, 3, 3), ids, mask, Totals.of(NextToken.labels(mask)))
                    .loss(),
            x -> sum(logSoftmax(x, 0, 3)[2], logSoftmax(x, 3, 6)[1]).divide(-2),
            x -> {
              double[] p = LogSpace.softmax(x[0], x[1], x[2]);
              double[] q = LogSpace.softmax(x[3], x[4], x[5]);
              return new double[] {
                p[0] / 2, p[1] / 2, (p[2] - 1) / 2, q[0] / 2, (q[1] - 1) / 2, q[2] / 2, 0, 0, 0
              };
            }));
  }

  /** The first three inputs are the logits of the student, the teacher's are fixed. */
  private static void divergences(List<LossCase> cases) {
    double[] teacher = {0.4, -1, 1.2};
    double[] log = LogSpace.logSoftmax(teacher);
    double[] t = LogSpace.softmax(teacher);
    cases.add(
        LossCase.of(
            "distillation, cross-entropy",
            3,
            x -> Distillation.crossEntropy(logits(x, teacher), x.reshape(1, 3)),
            x -> weighted(t, logSoftmax(x, 0, 3)).negate(),
            x -> minus(LogSpace.softmax(x), t)));
    cases.add(
        LossCase.of(
            "distillation, forward KL",
            3,
            x -> Distillation.forward(logits(x, teacher), x.reshape(1, 3)),
            x -> weighted(t, logSoftmax(x, 0, 3)).negate().add(ExactKl.of(log, new double[3])),
            x -> minus(LogSpace.softmax(x), t)));
    cases.add(
        LossCase.of(
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
            x -> towards(x, log)));
    cases.add(
        LossCase.of(
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
            x -> towards(x, log)));
    double beta = 0.3;
    cases.add(
        LossCase.of(
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
            }));
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
}
