package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** Attention of a few queries, as in generation: keys and values are read where they are. */
final class AttentionFew {
  private final AttentionSizes sizes;
  private final float[] q;
  private final float[] k;
  private final float[] v;
  private final float scale;
  private final float[] out;
  private final float[] lse;
  private final float[] scores;

  AttentionFew(
      AttentionSizes sizes,
      float[] q,
      float[] k,
      float[] v,
      float scale,
      float[] out,
      float[] lse,
      Scratch scratch) {
    this.sizes = sizes;
    this.q = q;
    this.k = k;
    this.v = v;
    this.scale = scale;
    this.out = out;
    this.lse = lse;
    scores = scratch.floats(0, sizes.mostKeys());
  }

  /** All queries of row b that read key-value head g. */
  void run(int b, int g) {
    for (int h = g * sizes.group(); h < (g + 1) * sizes.group(); h++) {
      for (int t = 0; t < sizes.time(); t++) {
        run(b, g, h, t);
      }
    }
  }

  private void run(int b, int g, int h, int t) {
    int headDim = sizes.headDim();
    int row = sizes.query(b, t, h);
    int keys = sizes.positions().of(b, t) + 1;
    if (keys <= 0) {
      lse[sizes.statistic(b, h, t)] = Float.NEGATIVE_INFINITY;
      Arrays.fill(out, row, row + headDim, 0);
      return;
    }
    for (int s = 0; s < keys; s++) {
      scores[s] = scale * Dots.dot(headDim, q, row, k, sizes.key(b, s, g));
    }
    lse[sizes.statistic(b, h, t)] = (float) RowLoops.logSumExp(scores, 0, keys);
    RowLoops.softmax(scores, 0, keys, scores);
    int stride = sizes.keyValueHeads() * headDim;
    int first = sizes.key(b, 0, g);
    for (int d = 0; d < headDim; d += LANES) {
      VectorMask<Float> inside = F.indexInRange(d, headDim);
      FloatVector sum = FloatVector.zero(F);
      for (int s = 0; s < keys; s++) {
        FloatVector value = FloatVector.fromArray(F, v, first + s * stride + d, inside);
        sum = value.fma(FloatVector.broadcast(F, scores[s]), sum);
      }
      sum.intoArray(out, row + d, inside);
    }
  }
}
