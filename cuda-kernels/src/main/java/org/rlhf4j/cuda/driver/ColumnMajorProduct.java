package org.rlhf4j.cuda.driver;

import java.util.Arrays;
import org.rlhf4j.cuda.ptx.GlobalMemory;

/**
 * What cuBLAS promises, as plain column-major loops: the stand-in for sgemm on the emulator. Sums
 * run over k in ascending order with one rounding an addition.
 */
final class ColumnMajorProduct {
  private final Gemm gemm;
  private final GlobalMemory memory;

  ColumnMajorProduct(Gemm gemm, GlobalMemory memory) {
    this.gemm = gemm;
    this.memory = memory;
  }

  void run() {
    for (int g = 0; g < gemm.batch(); g++) {
      product(g);
    }
  }

  private void product(int g) {
    int m = gemm.m();
    int n = gemm.n();
    int k = gemm.k();
    float[] a =
        matrix(
            gemm.a() + 4L * g * gemm.strideA(),
            gemm.transposeA() ? k : m,
            gemm.lda(),
            gemm.transposeA() ? m : k);
    float[] b =
        matrix(
            gemm.b() + 4L * g * gemm.strideB(),
            gemm.transposeB() ? n : k,
            gemm.ldb(),
            gemm.transposeB() ? k : n);
    // op(a) by columns, so that the inner loop runs over neighbours
    float[] columns = new float[m * k];
    for (int p = 0; p < k; p++) {
      for (int i = 0; i < m; i++) {
        columns[p * m + i] = a[gemm.transposeA() ? p + i * gemm.lda() : i + p * gemm.lda()];
      }
    }
    float[] sums = new float[m];
    int[] out = new int[m];
    for (int j = 0; j < n; j++) {
      Arrays.fill(sums, 0);
      for (int p = 0; p < k; p++) {
        float factor = b[gemm.transposeB() ? j + p * gemm.ldb() : p + j * gemm.ldb()];
        int from = p * m;
        for (int i = 0; i < m; i++) {
          sums[i] = Math.fma(columns[from + i], factor, sums[i]);
        }
      }
      long address = gemm.c() + 4 * (g * gemm.strideC() + (long) j * gemm.ldc());
      if (gemm.beta() != 0) {
        memory.download(address, out, 0, m);
      }
      for (int i = 0; i < m; i++) {
        float old = gemm.beta() == 0 ? 0 : gemm.beta() * Float.intBitsToFloat(out[i]);
        out[i] = Float.floatToRawIntBits(sums[i] + old);
      }
      memory.upload(address, out, 0, m);
    }
  }

  private float[] matrix(long address, int height, int leading, int width) {
    int count = height == 0 || width == 0 ? 0 : leading * (width - 1) + height;
    int[] words = new int[count];
    memory.download(address, words, 0, count);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = Float.intBitsToFloat(words[i]);
    }
    return values;
  }
}
