package org.rlhf4j.rlhf.evaluate;

/** A symmetric positive definite matrix, factored as L L^T (Cholesky). */
final class PositiveDefinite {
  private final double[][] lower;

  /**
   * @param matrix [n][n], not modified
   * @throws IllegalArgumentException if it is not positive definite
   */
  PositiveDefinite(double[][] matrix) {
    int n = matrix.length;
    lower = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = matrix[i][j];
        for (int k = 0; k < j; k++) {
          sum -= lower[i][k] * lower[j][k];
        }
        if (i != j) {
          lower[i][j] = sum / lower[j][j];
        } else if (sum > 0) {
          lower[i][i] = Math.sqrt(sum);
        } else {
          throw new IllegalArgumentException("the observations do not determine every parameter");
        }
      }
    }
  }

  /** {@return x with matrix x = right} */
  double[] solve(double... right) {
    int n = lower.length;
    double[] x = right.clone();
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < i; k++) {
        x[i] -= lower[i][k] * x[k];
      }
      x[i] /= lower[i][i];
    }
    for (int i = n - 1; i >= 0; i--) {
      for (int k = i + 1; k < n; k++) {
        x[i] -= lower[k][i] * x[k];
      }
      x[i] /= lower[i][i];
    }
    return x;
  }

  /** {@return the inverse} */
  double[][] inverse() {
    int n = lower.length;
    double[][] inverse = new double[n][];
    for (int i = 0; i < n; i++) {
      double[] unit = new double[n];
      unit[i] = 1;
      inverse[i] = solve(unit);
    }
    return inverse;
  }
}
