package org.rlhf4j.tensor.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.tensor.kernel.TokenDraw;

/** The vectors draw the tokens that the law draws in double. */
class SimdSamplingTest {
  private static final int ROWS = 300;

  private static TokenDraw[] draw(float[] logits, int rows, TokenDraw.Law law, double[] uniforms) {
    try (Backend backend = Backends.open("simd", 2);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      int[] wanted = IntStream.range(0, rows).map(i -> rows - 1 - i).toArray();
      Shape shape = Shape.of(rows, logits.length / rows);
      return backend.sampling().draw(workspace.of(shape, logits), wanted, law, uniforms);
    }
  }

  /** Rows with excluded tokens, an outlier and ties of the largest; 1 to 3000 tokens wide. */
  @ParameterizedTest
  @CsvSource({"0, 1", "0, 37", "1, 1", "1, 16", "1, 37", "0.8, 512", "1.7, 3000", "30, 5"})
  void theTokensOfTheLaw(double temperature, int n) {
    SplittableRandom random = new SplittableRandom(5);
    float[] logits = new float[ROWS * n];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = Math.round(8 * random.nextGaussian()) / 4f; // ties abound
      if (n > 1 && i % 11 == 3) {
        logits[i] = Float.NEGATIVE_INFINITY;
      }
    }
    double[] uniforms = random.doubles(ROWS).toArray();
    TokenDraw.Law law = new TokenDraw.Law(temperature, Integer.MAX_VALUE, 1);
    TokenDraw[] draws = draw(logits, ROWS, law, uniforms);
    for (int i = 0; i < ROWS; i++) {
      int first = (ROWS - 1 - i) * n;
      double[] row = IntStream.range(first, first + n).mapToDouble(j -> logits[j]).toArray();
      TokenDraw expected = TokenDraw.of(row, law, uniforms[i]);
      assertEquals(expected.token(), draws[i].token(), "row " + i);
      assertEquals(expected.logprob(), draws[i].logprob(), 1e-5, "row " + i); // lse of floats
    }
  }

  @Test
  void aNumberBesideOneFindsATokenThatIsPossible() {
    float[] logits = new float[1000];
    Arrays.fill(logits, 990, 1000, Float.NEGATIVE_INFINITY);
    TokenDraw.Law law = new TokenDraw.Law(1, Integer.MAX_VALUE, 1);
    assertEquals(989, draw(logits, 1, law, new double[] {Math.nextDown(1.0)})[0].token());
  }

  @Test
  void rowsThatAreNoDistributionAreRefused() {
    TokenDraw.Law law = new TokenDraw.Law(1, Integer.MAX_VALUE, 1);
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      float[] logits = {0, bad, 1};
      assertThrows(ArithmeticException.class, () -> draw(logits, 1, law, new double[1]));
    }
    float[] none = {Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY};
    assertThrows(ArithmeticException.class, () -> draw(none, 1, law, new double[1]));
  }
}
