package org.rlhf4j.rlhf.kl;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Equation;
import org.rlhf4j.rlhf.Rows;
import org.rlhf4j.tensor.Shape;

/**
 * KL(P || Q) = sum_x P(x) (log P(x) - log Q(x)) over the whole vocabulary: no sampling, no
 * estimator. Per token it needs both models' logits of every entry; over answers it is the sum of
 * the token divergences along samples of P.
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
    return logP.exp().mul(logP.sub(logQ)).sum(shape.rank() - 1).reshape(rows);
  }
}
