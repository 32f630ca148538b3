package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * What the forward and the backward of attention share: a tile of {@code [keys, QUERIES]} numbers,
 * keys downwards and queries in the lanes. So the softmax over keys needs no sum across lanes, and
 * the tile lies as {@link GemmTile} wants its right operand.
 */
final class AttentionTile {
  /** Queries of a tile. */
  static final int QUERIES = GemmTile.COLUMNS;

  private static final float NOTHING = Float.NEGATIVE_INFINITY;
  private static final FloatVector LANE = FloatVector.zero(F).addIndex(1);

  private AttentionTile() {}

  /** {@return room for {@code rows} rows in whole panels of the tile} */
  static int panelled(int rows) {
    return Math.ceilDiv(rows, GemmTile.ROWS) * GemmTile.ROWS;
  }

  /**
   * tile[i, j] = sum_p left[p, i] right[p, j] for i below {@code rows}, by panels of left.
   *
   * @param step from a panel of left to the next
   */
  static void multiply(int rows, int depth, float[] left, int step, float[] right, float[] tile) {
    for (int i = 0; i < rows; i += GemmTile.ROWS) {
      int panel = i / GemmTile.ROWS * step;
      int count = Math.min(GemmTile.ROWS, rows - i);
      GemmTile.run(count, depth, left, panel, right, 0, QUERIES, tile, i * QUERIES, QUERIES, false);
    }
  }

  /**
   * Scales the scores, hides key s from lane j unless {@code s <= newest + j}, replaces the scores
   * by exp(score - max) and gives each lane's maximum and sum.
   *
   * @param newest the last key that the query in lane 0 sees
   */
  static void softmax(
      float[] tile, int keys, float scale, int newest, float[] maximum, float[] sum) {
    for (int lane = 0; lane < QUERIES; lane += LANES) {
      FloatVector max = FloatVector.broadcast(F, NOTHING);
      int seen = Math.min(keys, newest + lane + 1);
      for (int s = 0; s < seen; s++) {
        int i = s * QUERIES + lane;
        FloatVector score = FloatVector.fromArray(F, tile, i).mul(scale);
        score.intoArray(tile, i);
        max = max.blend(score, score.compare(VectorOperators.GT, max));
      }
      for (int s = seen; s < keys; s++) {
        int i = s * QUERIES + lane;
        FloatVector score = FloatVector.fromArray(F, tile, i).mul(scale);
        score = score.blend(NOTHING, LANE.compare(VectorOperators.LT, (float) (s - seen + 1)));
        score.intoArray(tile, i);
        max = max.blend(score, score.compare(VectorOperators.GT, max));
      }
      // scores that are all -inf: sum 0, not NaN
      max = max.blend(0f, max.compare(VectorOperators.EQ, NOTHING));
      FloatVector total = FloatVector.zero(F);
      for (int s = 0; s < keys; s++) {
        int i = s * QUERIES + lane;
        FloatVector e = VectorMath.expOfNegative(FloatVector.fromArray(F, tile, i).sub(max));
        e.intoArray(tile, i);
        total = total.add(e);
      }
      max.intoArray(maximum, lane);
      total.intoArray(sum, lane);
    }
  }

  /** Replaces the scores by probabilities exp(scale score - lse), 0 where hidden. */
  static void probabilities(float[] tile, int keys, float scale, int newest, float[] lse) {
    for (int lane = 0; lane < QUERIES; lane += LANES) {
      FloatVector normalizer = FloatVector.fromArray(F, lse, lane);
      for (int s = 0; s < keys; s++) {
        int i = s * QUERIES + lane;
        FloatVector score = FloatVector.fromArray(F, tile, i).mul(scale);
        VectorMath.expOfNegative(score.sub(normalizer)).intoArray(tile, i);
      }
      int seen = Math.min(keys, newest + lane + 1);
      for (int s = seen; s < keys; s++) {
        int i = s * QUERIES + lane;
        FloatVector p = FloatVector.fromArray(F, tile, i);
        p.blend(0f, LANE.compare(VectorOperators.LT, (float) (s - seen + 1))).intoArray(tile, i);
      }
    }
  }

  /** dscores[s, j] = scale p[s, j] (dscores[s, j] - total[j]). */
  static void scoreGradients(float[] p, int keys, float scale, float[] total, float[] dscores) {
    for (int lane = 0; lane < QUERIES; lane += LANES) {
      FloatVector sum = FloatVector.fromArray(F, total, lane);
      for (int s = 0; s < keys; s++) {
        int i = s * QUERIES + lane;
        FloatVector probability = FloatVector.fromArray(F, p, i).mul(scale);
        FloatVector ds = FloatVector.fromArray(F, dscores, i).sub(sum).mul(probability);
        ds.intoArray(dscores, i);
      }
    }
  }
}
