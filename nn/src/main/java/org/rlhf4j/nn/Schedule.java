package org.rlhf4j.nn;

import org.rlhf4j.tensor.Check;

/**
 * A learning rate over time: a linear warm-up from 0, then a decay from the peak to a fraction of
 * it.
 *
 * @param peak learning rate at the end of the warm-up
 * @param warmupSteps steps of the warm-up; may be 0
 * @param totalSteps steps until the decay ends; the rate stays there afterwards
 * @param finalFraction fraction of the peak at the end, in [0, 1]
 * @param decay shape of the way down
 */
public record Schedule(
    double peak, int warmupSteps, int totalSteps, double finalFraction, Decay decay) {
  /** The way from 1 to 0 as progress goes from 0 to 1. */
  public enum Decay {
    CONSTANT {
      @Override
      double at(double progress) {
        return 1;
      }
    },
    LINEAR {
      @Override
      double at(double progress) {
        return 1 - progress;
      }
    },
    COSINE {
      @Override
      double at(double progress) {
        return (1 + Math.cos(Math.PI * progress)) / 2;
      }
    };

    abstract double at(double progress);
  }

  public Schedule {
    Check.positive("peak learning rate", peak);
    Check.notNegative("warmupSteps", warmupSteps);
    Check.range("finalFraction", finalFraction, 0, 1);
    if (totalSteps < warmupSteps) {
      throw new IllegalArgumentException(
          "totalSteps %d must not be below warmupSteps %d".formatted(totalSteps, warmupSteps));
    }
  }

  public static Schedule constant(double rate) {
    return new Schedule(rate, 0, 0, 1, Decay.CONSTANT);
  }

  public static Schedule cosine(double peak, int warmupSteps, int totalSteps) {
    return new Schedule(peak, warmupSteps, totalSteps, 0.1, Decay.COSINE);
  }

  /** {@return the learning rate of a step, counted from 0} */
  public double at(int step) {
    if (step < warmupSteps) {
      return peak * (step + 1) / warmupSteps;
    }
    double progress =
        totalSteps == warmupSteps
            ? 1
            : Math.min(1, (double) (step - warmupSteps) / (totalSteps - warmupSteps));
    return peak * (finalFraction + (1 - finalFraction) * decay.at(progress));
  }
}
