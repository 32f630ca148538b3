package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.SamplingKernels;
import org.rlhf4j.tensor.kernel.TokenDraw;

/** Draws with vectors where no token is left out; the reference where some are, or none can be. */
final class SimdSampling implements SamplingKernels {
  private final Parallel parallel;

  SimdSampling(Parallel parallel) {
    this.parallel = parallel;
  }

  @Override
  public TokenDraw[] draw(Tensor logits, int[] wanted, TokenDraw.Law law, double[] uniforms) {
    int n = logits.shape().columns();
    if (law.temperature() != 0 && law.restricts(n)) {
      return SamplingKernels.super.draw(logits, wanted, law, uniforms);
    }
    float[] x = logits.floats();
    TokenDraw[] draws = new TokenDraw[wanted.length];
    parallel.rows(
        wanted.length,
        Lanes.grain(n, 8),
        (from, to) -> {
          for (int i = from; i < to; i++) {
            draws[i] = draw(x, wanted[i] * n, n, law, uniforms[i]);
          }
        });
    return draws;
  }

  private TokenDraw draw(float[] x, int first, int n, TokenDraw.Law law, double uniform) {
    if (law.temperature() == 0) {
      double lse = finite(RowLoops.logSumExp(x, first, n));
      int token = largest(x, first, n);
      return new TokenDraw(token, x[first + token] - lse);
    }
    float[] p = parallel.scratch().floats(0, n);
    System.arraycopy(x, first, p, 0, n);
    if (law.divisor() != 1) {
      SimdElementLoops.affine(p, (float) (1 / law.divisor()), 0, p, 0, n);
    }
    double lse = finite(RowLoops.logSumExp(p, 0, n));
    RowLoops.softmax(p, 0, n, p);
    int token = passed(p, n, uniform);
    return new TokenDraw(token, x[first + token] / law.divisor() - lse);
  }

  private static double finite(double lse) {
    if (!Double.isFinite(lse)) {
      throw new ArithmeticException(
          "the logits of a row are not numbers, or all are -inf: log sum exp is " + lse);
    }
    return lse;
  }

  /** {@return the first of the largest numbers} Each lane keeps its own; indices are floats. */
  private static int largest(float[] x, int first, int n) {
    FloatVector best = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
    FloatVector where = FloatVector.zero(F);
    FloatVector here = FloatVector.zero(F).addIndex(1);
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      FloatVector value = FloatVector.fromArray(F, x, first + i);
      VectorMask<Float> larger = value.compare(VectorOperators.GT, best);
      best = best.blend(value, larger);
      where = where.blend(here, larger);
      here = here.add(LANES);
    }
    float max = best.reduceLanes(VectorOperators.MAX);
    int token =
        (int)
            where.blend(n, best.compare(VectorOperators.NE, max)).reduceLanes(VectorOperators.MIN);
    for (; i < n; i++) {
      if (x[first + i] > max) {
        max = x[first + i];
        token = i;
      }
    }
    return token;
  }

  /** Where the sum of the probabilities passes a number; they may fall short of 1 by rounding. */
  private static int passed(float[] p, int n, double uniform) {
    double sum = 0;
    int last = 0;
    for (int token = 0; token < n; token++) {
      sum += p[token];
      if (sum > uniform) {
        return token;
      }
      last = p[token] > 0 ? token : last;
    }
    return last;
  }
}
