package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;
import org.rlhf4j.rlhf.Rows;

/**
 * Binary classifier optimisation (arXiv 2404.04656): the implicit reward as the logit of a
 * classifier of good and bad answers, -log s(beta dw - shift) - log s(-(beta dl - shift)). The
 * shift, a running mean of rewards, is a constant; TRL's "bco_pair" has none.
 *
 * @param beta strength of the pull to the reference
 * @param shift where the classifier's boundary lies
 */
public record Bco(double beta, double shift) implements PreferenceLoss {
  public Bco {
    PreferenceLoss.requireBeta(beta);
    if (!Double.isFinite(shift)) {
      throw new IllegalArgumentException("shift must be finite, got " + shift);
    }
  }

  /** Without a shift. */
  public Bco(double beta) {
    this(beta, 0);
  }

  /**
   * {@return this loss with its shift moved to the mean reward of the batch}
   *
   * @param momentum weight of the old shift, in [0, 1)
   */
  public Bco after(PreferenceBatch batch, double momentum) {
    if (!(momentum >= 0 && momentum < 1)) {
      throw new IllegalArgumentException("momentum must be in [0, 1), got " + momentum);
    }
    double chosen = Rows.mean(batch.chosenLogRatio().value().toDoubles());
    double rejected = Rows.mean(batch.rejectedLogRatio().value().toDoubles());
    double mean = beta * (chosen + rejected) / 2;
    return new Bco(beta, momentum * shift + (1 - momentum) * mean);
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    Variable good = batch.chosenLogRatio().mul(beta).sub(shift).logSigmoid();
    Variable bad = batch.rejectedLogRatio().mul(-beta).add(shift).logSigmoid();
    return good.add(bad).neg();
  }
}
