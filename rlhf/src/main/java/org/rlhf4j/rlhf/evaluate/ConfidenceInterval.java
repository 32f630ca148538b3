package org.rlhf4j.rlhf.evaluate;

/** A closed interval [low, high]. */
public record ConfidenceInterval(double low, double high) {
  public ConfidenceInterval {
    if (!(low <= high)) {
      throw new IllegalArgumentException("low must not exceed high, got " + low + " and " + high);
    }
  }

  /** {@return whether the value lies inside} */
  public boolean contains(double value) {
    return low <= value && value <= high;
  }
}
