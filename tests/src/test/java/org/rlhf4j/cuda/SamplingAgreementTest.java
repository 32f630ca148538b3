package org.rlhf4j.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.inference.ChiSquareTest;
import org.junit.jupiter.api.Test;
import org.rlhf4j.cuda.comparison.Inputs;
import org.rlhf4j.tensor.Backend;
import org.rlhf4j.tensor.Backends;
import org.rlhf4j.tensor.Pool;
import org.rlhf4j.tensor.RandomKey;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Workspace;
import org.rlhf4j.tensor.kernel.TokenDraw;
import org.rlhf4j.transformer.Sampling;

/** Of the same logits and keys the device draws the tokens that the host draws. */
class SamplingAgreementTest {
  private static final RandomKey KEY = new RandomKey(99);

  private static TokenDraw[] draws(int count, double[] row, Sampling sampling) {
    double[] logits = new double[count * row.length];
    Arrays.setAll(logits, i -> row[i % row.length]);
    int[] all = IntStream.range(0, count).toArray();
    double[] uniforms =
        Arrays.stream(all).mapToDouble(i -> Sampling.uniform(KEY.child(i))).toArray();
    try (Backend backend = Backends.open("cuda-emulated", 1);
        Pool pool = new Pool(backend);
        Workspace workspace = new Workspace(pool)) {
      return backend
          .sampling()
          .draw(workspace.of(Shape.of(count, row.length), logits), all, sampling.law(), uniforms);
    }
  }

  @Test
  void theTokensOfTheHostInTheirDistribution() {
    double[] row = Inputs.normal(12, 1.5, 5);
    TokenDraw[] draws = draws(1500, row, Sampling.at(0.8));
    long[] counts = new long[row.length];
    double[] weights = Arrays.stream(row).map(logit -> Math.exp(logit / 0.8)).toArray();
    for (int i = 0; i < draws.length; i++) {
      TokenDraw expected = Sampling.at(0.8).draw(row, KEY.child(i));
      assertEquals(expected.token(), draws[i].token(), "draw " + i);
      assertEquals(expected.logprob(), draws[i].logprob(), 2e-6);
      counts[draws[i].token()]++;
    }
    double p = new ChiSquareTest().chiSquareTest(weights, counts);
    assertTrue(p > 1e-3, () -> "p = " + p + " for counts " + Arrays.toString(counts));
  }

  @Test
  void theTokensOfTheHostAmongThoseThatAreLeft() {
    double[] row = Inputs.normal(12, 1.5, 5);
    Sampling sampling = Sampling.at(0.8).topK(7).topP(0.85);
    TokenDraw[] draws = draws(200, row, sampling);
    for (int i = 0; i < draws.length; i++) {
      assertEquals(sampling.draw(row, KEY.child(i)).token(), draws[i].token(), "draw " + i);
    }
  }
}
