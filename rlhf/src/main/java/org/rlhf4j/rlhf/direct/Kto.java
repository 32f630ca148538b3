package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

/**
 * Kahneman-Tversky optimisation (arXiv 2402.01306), which needs no pairs, only answers that are
 * desirable or not:
 *
 * <pre>
 * desirable     lambda_D (1 - s(beta (d - z)))
 * undesirable   lambda_U (1 - s(beta (z - d)))
 * z = max(0, mean log-ratio of answers to other prompts), a constant
 * </pre>
 *
 * <p>z estimates KL(pi || ref), the point of reference from which gains and losses are felt. The
 * loss of a pair is the mean of both halves, so that the loss of a batch is the mean over its
 * answers, as in TRL; the book's code adds the two means instead. Unequal numbers of both kinds
 * want lambda_D n_D / (lambda_U n_U) in [1, 4/3].
 *
 * @param beta strength of the pull to the reference
 * @param desirableWeight lambda_D, positive
 * @param undesirableWeight lambda_U, positive
 */
public record Kto(double beta, double desirableWeight, double undesirableWeight)
    implements PreferenceLoss {
  public Kto {
    PreferenceLoss.requireBeta(beta);
    if (!(desirableWeight > 0 && undesirableWeight > 0)) {
      throw new IllegalArgumentException(
          "weights must be positive, got " + desirableWeight + " and " + undesirableWeight);
    }
  }

  /** Both weights 1. */
  public Kto(double beta) {
    this(beta, 1, 1);
  }

  /**
   * {@return z, from log-ratios (policy - reference) of answers paired with prompts that are not
   * theirs; a scalar without gradient}
   *
   * @param mismatchedLogRatios at least one
   */
  public static Variable referencePoint(Variable mismatchedLogRatios) {
    return mismatchedLogRatios.detach().mean().max(0);
  }

  /** {@return losses of desirable answers, from their log-ratios, [batch]} */
  public Variable desirable(Variable logRatios, Variable referencePoint) {
    // 1 - s(x) = s(-x)
    return logRatios.neg().add(referencePoint).mul(beta).sigmoid().mul(desirableWeight);
  }

  /** {@return losses of undesirable answers, from their log-ratios, [batch]} */
  public Variable undesirable(Variable logRatios, Variable referencePoint) {
    return logRatios.sub(referencePoint).mul(beta).sigmoid().mul(undesirableWeight);
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    Variable z = referencePoint(batch.mismatched());
    return desirable(batch.chosenLogRatio(), z)
        .add(undesirable(batch.rejectedLogRatio(), z))
        .mul(0.5);
  }
}
