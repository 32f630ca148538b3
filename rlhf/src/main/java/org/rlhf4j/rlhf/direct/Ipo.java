package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

/**
 * Identity preference optimisation (arXiv 2310.12036), (D - 1/(2 beta))^2: the margin is driven to
 * a finite target instead of to infinity, so that deterministic preferences do not undo the
 * regularisation. beta is the paper's tau.
 *
 * <p>The paper, OpenRLHF and the book's code sum log-probabilities over the answer; TRL divides
 * them by its length first, which makes the target one for the mean token.
 *
 * @param beta tau
 * @param length SUM for the paper's form, MEAN for TRL's
 */
public record Ipo(double beta, AnswerLength length) implements PreferenceLoss {
  public Ipo {
    PreferenceLoss.requireBeta(beta);
  }

  /** The paper's form. */
  public Ipo(double beta) {
    this(beta, AnswerLength.SUM);
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    Variable margin =
        switch (length) {
          case SUM -> batch.margin();
          case MEAN -> batch.meanMargin();
        };
    return margin.sub(1 / (2 * beta)).square();
  }
}
