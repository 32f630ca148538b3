package org.rlhf4j.rlhf.kl;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Equation;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.tensor.Shape;

/**
 * KL(P || Q) = sum_x P(x) (log P(x) - log Q(x)) over the whole vocabulary: no sampling, no
 * estimator. Per token it needs both models' logits of every entry; over answers it is the sum of
 * the token divergences along samples of P.
 *
 * <p>Of logits it is summed as sum_x P(x) R(log Q(x) - log P(x)) with R(t) = e^t - 1 - t: the same
 * number, because P and Q both sum to 1, but of terms that are never negative. The textbook's terms
 * change their sign, and of two nearly equal distributions (a policy that has just left its
 * reference) they leave nothing but rounding.
 */
public final class ExactKl {
  private ExactKl() {}

  /**
   * {@return KL of two distributions given by log-probabilities; what P excludes adds nothing, what
   * only Q excludes makes it infinite}
   */
  @Equation({"def_kl", "kl_distance_regularization"})
  public static double of(double[] logP, double[] logQ) {
    Rows.requireSameLength("log P", logP.length, "log Q", logQ.length);
    double sum = 0;
    for (int x = 0; x < logP.length; x++) {
      double p = Math.exp(logP[x]);
      if (p > 0) {
        sum += p * (logP[x] - logQ[x]);
      }
    }
    return sum;
  }

  /**
   * {@return KL of the softmax distributions of two sets of logits, the last axis dropped}
   *
   * @param logitsP finite, [..., vocab]
   * @param logitsQ finite, of the same shape
   */
  @Equation({"def_kl", "kl_distance_regularization"})
  public static Variable of(Variable logitsP, Variable logitsQ) {
    Shape shape = logitsP.shape();
    if (!shape.equals(logitsQ.shape()) || shape.rank() < 1) {
      throw new IllegalArgumentException(
          "logits " + shape + " and " + logitsQ.shape() + " must have the same shape");
    }
    Variable logP = logitsP.logSoftmax();
    Variable logQ = logitsQ.logSoftmax();
    int[] rows = new int[shape.rank() - 1];
    for (int axis = 0; axis < rows.length; axis++) {
      rows[axis] = shape.dim(axis);
    }
    return terms(logP, logQ).sum(shape.rank() - 1).reshape(rows);
  }

  /**
   * {@return P R(log Q - log P), the term of each entry, of the shape of both} Above 1 the
   * exponential in R is taken from Q itself, which cannot overflow: P e^t = Q.
   *
   * @param logP log-probabilities, finite
   * @param logQ log-probabilities, finite, of the same shape
   */
  public static Variable terms(Variable logP, Variable logQ) {
    Variable p = logP.exp();
    Variable step = logQ.sub(logP);
    Variable below = p.mul(step.min(1).expRemainder());
    Variable above = logQ.exp().sub(p.mul(Math.E)).relu().sub(p.mul(step.sub(1).relu()));
    return below.add(above);
  }
}
