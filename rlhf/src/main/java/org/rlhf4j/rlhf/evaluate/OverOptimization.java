package org.rlhf4j.rlhf.evaluate;

/**
 * How the true ("gold") reward falls away as a proxy is optimised, as a function of the distance d
 * = sqrt(KL(pi || initial)) (Gao, arXiv 2210.10760).
 *
 * <pre>
 * best-of-n:               R(d) = d (a - b d)         peak at d = a / (2 b),      R = a^2 / (4 b)
 * reinforcement learning:  R(d) = d (a - b log d)     peak at d = exp(a/b - 1),   R = b d
 * </pre>
 *
 * <p>a is what the first nats buy, b how fast the proxy's errors are found.
 *
 * @param method by which the policy was optimised
 */
public record OverOptimization(Method method, double a, double b) {
  /** The two ways of optimising, which differ in shape. */
  public enum Method {
    BEST_OF_N {
      @Override
      double slope(double distance) {
        return distance;
      }
    },
    REINFORCEMENT_LEARNING {
      @Override
      double slope(double distance) {
        return distance == 0 ? 0 : Math.log(distance);
      }
    };

    /** The function s of R(d) = d (a - b s(d)). */
    abstract double slope(double distance);
  }

  /** {@return R(d)} */
  public double reward(double distance) {
    requireDistance(distance);
    return distance * (a - b * method.slope(distance));
  }

  /**
   * {@return the distance of the largest gold reward}
   *
   * @throws IllegalStateException if b is not positive, for then the curve has no maximum
   */
  public double peak() {
    if (!(b > 0)) {
      throw new IllegalStateException("the curve has no peak for b " + b + "; b must be positive");
    }
    return switch (method) {
      case BEST_OF_N -> Math.max(0, a / (2 * b));
      case REINFORCEMENT_LEARNING -> Math.exp(a / b - 1);
    };
  }

  /**
   * Least squares in a and b, in which the curve is linear: minimises sum (R_i - d_i (a - b
   * s(d_i)))^2 by the normal equations.
   *
   * @param distances sqrt(KL), not negative, at least two of them different and positive
   * @param rewards gold reward at each distance, less that of the initial policy
   */
  public static OverOptimization fit(Method method, double[] distances, double[] rewards) {
    if (distances.length != rewards.length) {
      throw new IllegalArgumentException(
          "one reward a distance is needed, got " + rewards.length + " and " + distances.length);
    }
    double[][] normal = new double[2][2];
    double[] right = new double[2];
    for (int i = 0; i < distances.length; i++) {
      requireDistance(distances[i]);
      double u = distances[i];
      double v = -distances[i] * method.slope(distances[i]);
      normal[0][0] += u * u;
      normal[1][0] += u * v;
      normal[1][1] += v * v;
      right[0] += u * rewards[i];
      right[1] += v * rewards[i];
    }
    double[] solution = new PositiveDefinite(normal).solve(right);
    return new OverOptimization(method, solution[0], solution[1]);
  }

  private static void requireDistance(double distance) {
    if (!(distance >= 0)) {
      throw new IllegalArgumentException("distance must not be negative, got " + distance);
    }
  }
}
