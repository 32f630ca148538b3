package org.rlhf4j.rlhf.kl;

/** Decides the coefficient of the KL penalty from the KL that was measured. Immutable. */
public sealed interface KlController {
  /** {@return the coefficient beta to use now} */
  double coefficient();

  /**
   * {@return the controller after a step}
   *
   * @param kl measured KL of the step, in nats, summed over each sequence and averaged over them
   * @param episodes number of episodes of the step
   */
  KlController after(double kl, int episodes);

  /** Always the same coefficient, what most recent recipes use. */
  record Fixed(double coefficient) implements KlController {
    public Fixed {
      requireCoefficient(coefficient);
    }

    @Override
    public Fixed after(double kl, int episodes) {
      return this;
    }
  }

  /**
   * Proportional control of log beta (Ziegler, arXiv 1909.08593; the same in OpenRLHF, verl, trlx):
   *
   * <pre>
   * error = clip(KL / target - 1, -0.2, 0.2)
   * beta *= 1 + error * episodes / horizon
   * </pre>
   *
   * lm-human-preferences starts at 0.15 with target 6 and horizon 10000.
   *
   * @param coefficient beta to start from
   * @param target KL to hold, in nats
   * @param horizon episodes over which a full error of 1 would double beta
   */
  record Adaptive(double coefficient, double target, double horizon) implements KlController {
    private static final double MAX_ERROR = 0.2;

    public Adaptive {
      requireCoefficient(coefficient);
      if (!(target > 0)) {
        throw new IllegalArgumentException("target KL must be positive, got " + target);
      }
      if (!(horizon > 0)) {
        throw new IllegalArgumentException("horizon must be positive, got " + horizon);
      }
    }

    @Override
    public Adaptive after(double kl, int episodes) {
      if (!Double.isFinite(kl)) {
        throw new IllegalArgumentException("measured KL must be finite, got " + kl);
      }
      if (episodes < 0 || MAX_ERROR * episodes >= horizon) {
        throw new IllegalArgumentException(
            "a step of "
                + episodes
                + " episodes needs a horizon above "
                + MAX_ERROR * episodes
                + " to keep the coefficient positive, got "
                + horizon);
      }
      double error = Math.clamp(kl / target - 1, -MAX_ERROR, MAX_ERROR);
      return new Adaptive(coefficient * (1 + error * episodes / horizon), target, horizon);
    }
  }

  private static void requireCoefficient(double coefficient) {
    if (!(coefficient >= 0 && Double.isFinite(coefficient))) {
      throw new IllegalArgumentException(
          "KL coefficient must be finite and not negative, got " + coefficient);
    }
  }
}
