package org.rlhf4j.cuda.driver;

/**
 * c = op(a) op(b) + beta c for each matrix of a batch, everything column-major: element (i, j) of a
 * lies at {@code i + j * lda}. op(a) is {@code m x k}, op(b) {@code k x n}, c {@code m x n}; matrix
 * g of a batch starts {@code g * strideA} elements behind the first.
 *
 * @param beta 0 (c is not read) or 1
 */
public record Gemm(
    boolean transposeA,
    boolean transposeB,
    int m,
    int n,
    int k,
    long a,
    int lda,
    long strideA,
    long b,
    int ldb,
    long strideB,
    long c,
    int ldc,
    long strideC,
    int batch,
    float beta) {

  /**
   * The row-major product c = op(a) op(b). What is row-major {@code [m, n]} is column-major {@code
   * [n, m]} transposed, so c' = op(b)' op(a)': the operands change places and keep their flags.
   */
  public static Gemm rowMajor(
      long a,
      boolean transposeA,
      long b,
      boolean transposeB,
      long c,
      int m,
      int n,
      int k,
      int batch,
      boolean accumulate) {
    return new Gemm(
        transposeB,
        transposeA,
        n,
        m,
        k,
        b,
        Math.max(1, transposeB ? k : n),
        (long) k * n,
        a,
        Math.max(1, transposeA ? m : k),
        (long) m * k,
        c,
        Math.max(1, n),
        (long) m * n,
        batch,
        accumulate ? 1 : 0);
  }
}
