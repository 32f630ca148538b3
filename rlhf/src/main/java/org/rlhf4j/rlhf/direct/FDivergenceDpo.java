package org.rlhf4j.rlhf.direct;

import org.rlhf4j.autograd.Variable;

/**
 * DPO for another divergence than the reverse KL (arXiv 2309.16240), -log s(beta (f'(u_w) -
 * f'(u_l))) with the probability ratios u = pi / ref: under the constraint D_f(pi || ref), beta
 * f'(u) is the implicit reward.
 *
 * @param beta strength of the pull to the reference
 * @param divergence f
 */
public record FDivergenceDpo(double beta, Divergence divergence) implements PreferenceLoss {
  /** Exponents are held here: the sigmoid is 0 or 1 long before, and a float overflows at 88. */
  private static final double LARGEST_EXPONENT = 80;

  public FDivergenceDpo {
    PreferenceLoss.requireBeta(beta);
  }

  /** The derivative f' of a convex f, as a function of d = log u, up to a constant. */
  public sealed interface Divergence {
    /** {@return f'(e^d), of the shape of d} */
    Variable slope(Variable logRatio);
  }

  /** f(u) = u log u, f'(u) = log u: DPO itself. */
  public record ReverseKl() implements Divergence {
    @Override
    public Variable slope(Variable logRatio) {
      return logRatio;
    }
  }

  /** f(u) = -log u, f'(u) = -1/u. */
  public record ForwardKl() implements Divergence {
    @Override
    public Variable slope(Variable logRatio) {
      return logRatio.neg().min(LARGEST_EXPONENT).exp().neg();
    }
  }

  /** f(u) = u log u - (u + 1) log((u + 1) / 2), f'(u) = log(2 u / (1 + u)). */
  public record JensenShannon() implements Divergence {
    @Override
    public Variable slope(Variable logRatio) {
      return logRatio.logSigmoid().add(Math.log(2));
    }
  }

  /**
   * f'(u) = (1 - u^-alpha) / alpha, between reverse KL (alpha towards 0) and forward KL (alpha =
   * 1).
   *
   * @param alpha in (0, 1)
   */
  public record Alpha(double alpha) implements Divergence {
    public Alpha {
      if (!(alpha > 0 && alpha < 1)) {
        throw new IllegalArgumentException("alpha must be in (0, 1), got " + alpha);
      }
    }

    @Override
    public Variable slope(Variable logRatio) {
      return logRatio.mul(-alpha).min(LARGEST_EXPONENT).expm1().mul(-1 / alpha);
    }
  }

  @Override
  public Variable losses(PreferenceBatch batch) {
    return divergence
        .slope(batch.chosenLogRatio())
        .sub(divergence.slope(batch.rejectedLogRatio()))
        .mul(beta)
        .logSigmoid()
        .neg();
  }
}
