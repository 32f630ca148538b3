package org.rlhf4j.tensor.simd;

import static org.rlhf4j.tensor.simd.Lanes.F;
import static org.rlhf4j.tensor.simd.Lanes.LANES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.rlhf4j.tensor.Shape;
import org.rlhf4j.tensor.Tensor;
import org.rlhf4j.tensor.kernel.Positions;

/**
 * Attention of a few queries over a cache, as in generation: a query at a time, two vectors of
 * columns at a time. A cache of keys or values is {@code [batch, keyValueHeads, blocks, headDim,
 * LANES]}: a block has as many columns as a vector has lanes, element by element.
 *
 * <pre>
 *              block 0            block 1
 *   k[0]       | | | | | | | |    | | | | | | | |     scores = scale sum_d q[d] k[d]
 *   k[1]       | | | | | | | |    | | | | | | | |     weights = exp(scores - max), 0 if hidden
 *   ...                                               out[d] = sum weights v[d] / sum weights
 * </pre>
 *
 * <p>So scores are vectors whatever the size of a head, and the columns of a head, however many,
 * are one stretch of memory that is read from its beginning. With the columns of an element in a
 * row of their own, as long as the cache, a head was as many streams as it has elements, each of a
 * few lines, and sixteen sequences waited for memory.
 *
 * <p>Columns that a query does not see have weight 0. Those before its first are not read beyond
 * their scores; those after its last, of the same block or of the one after it, are multiplied by
 * 0: only a value that is infinite or NaN could be told from the reference there.
 */
final class AttentionCached {
  /** Elements of the output whose sums are in registers together. */
  private static final int ELEMENTS = 8;

  /** Queries in work together. */
  private static final int QUERIES = 8;

  private static final float NOTHING = Float.NEGATIVE_INFINITY;

  private final AttentionSizes sizes;
  private final float[] q;
  private final float[] k;
  private final float[] v;
  private final float scale;
  private final float[] out;

  /** Of the queries in work: room for scores, and how many each has. */
  private final int room;

  private final float[] scores;
  private final int[] ends = new int[QUERIES];

  /** Where the first block begins that has a visible column, and how many before that it hides. */
  private final int[] firsts = new int[QUERIES];

  private final int[] hidden = new int[QUERIES];
  private final float[] shift = new float[QUERIES];
  private final float[] sums = new float[QUERIES];
  private final float[] mixed;

  AttentionCached(
      AttentionSizes sizes,
      float[] q,
      float[] k,
      float[] v,
      float scale,
      float[] out,
      Scratch scratch) {
    this.sizes = sizes;
    this.q = q;
    this.k = k;
    this.v = v;
    this.scale = scale;
    this.out = out;
    room = sizes.mostKeys() + 3 * LANES;
    scores = scratch.floats(0, QUERIES * room);
    mixed = scratch.floats(1, ELEMENTS * LANES);
  }

  /**
   * {@return the layout of a cache for {@code [batch, keyTime, keyValueHeads, headDim]}}
   *
   * <p>One block more than the columns need, since blocks are read in pairs.
   */
  static Shape cacheShape(Shape columns) {
    int blocks = Math.ceilDiv(columns.dim(1), LANES) + 1;
    return Shape.of(columns.dim(0), columns.dim(2), blocks, columns.dim(3), LANES);
  }

  /** {@return the lengths of an attention over a cache of this shape} */
  static AttentionSizes sizes(Shape q, Shape cache, Positions positions) {
    return AttentionSizes.of(
        q, Shape.of(q.dim(0), cache.dim(2) * LANES, cache.dim(1), q.dim(3)), positions);
  }

  /** cache[b, offset + t] = x[b, t] for {@code [batch, time, keyValueHeads, headDim]}. */
  static void append(Tensor x, Tensor cache, int offset) {
    int time = x.shape().dim(1);
    int headDim = x.shape().dim(3);
    int heads = x.shape().dim(2);
    int head = cache.shape().inner(1);
    float[] in = x.floats();
    float[] out = cache.floats();
    int from = 0;
    for (int b = 0; b < x.shape().dim(0); b++) {
      for (int t = 0; t < time; t++) {
        int to = b * heads * head + column(offset + t, headDim);
        for (int g = 0; g < heads; g++, to += head) {
          for (int d = 0; d < headDim; d++) {
            out[to + d * LANES] = in[from++];
          }
        }
      }
    }
  }

  /** {@return the first columns of a cache, as {@code [batch, keyTime, keyValueHeads, headDim]}} */
  static float[] columns(Tensor cache, AttentionSizes seen, float[] columns) {
    int headDim = seen.headDim();
    int head = cache.shape().inner(1);
    float[] in = cache.floats();
    int to = 0;
    for (int b = 0; b < seen.batch(); b++) {
      for (int s = 0; s < seen.keyTime(); s++) {
        int from = b * seen.keyValueHeads() * head + column(s, headDim);
        for (int g = 0; g < seen.keyValueHeads(); g++, from += head) {
          for (int d = 0; d < headDim; d++) {
            columns[to++] = in[from + d * LANES];
          }
        }
      }
    }
    return columns;
  }

  /** {@return where in a head of a cache the first element of a column is} */
  private static int column(int s, int headDim) {
    return s / LANES * LANES * headDim + s % LANES;
  }

  /**
   * Queries {@code from} to {@code to - 1}, counted by row of the batch, head and time. Those that
   * are in work together go through each phase one after the other: the phases are short chains of
   * operations that wait for each other, and the chains of different queries do not.
   */
  void run(int from, int to) {
    for (int query = from; query < to; query += QUERIES) {
      int count = Math.min(QUERIES, to - query);
      for (int i = 0; i < count; i++) {
        begin(query + i, i);
      }
      for (int i = 0; i < count; i++) {
        shift[i] = shift(scores, i * room, ends[i]);
      }
      for (int i = 0; i < count; i++) {
        sums[i] = weights(scores, i * room, ends[i], shift[i]);
      }
      for (int i = 0; i < count; i++) {
        mix(query + i, i);
      }
    }
  }

  /** Scores of a query, the i-th in work. */
  private void begin(int query, int i) {
    int t = query % sizes.time();
    int head = query / sizes.time();
    int b = head / sizes.heads();
    int start = sizes.positions().start()[b];
    hidden[i] = start % LANES;
    int seen = sizes.positions().of(b, t) + 1;
    ends[i] = seen <= 0 ? 0 : Math.ceilDiv(hidden[i] + seen, 2 * LANES) * 2 * LANES;
    firsts[i] = (head / sizes.group() * sizes.keyTime() + start - hidden[i]) * sizes.headDim();
    int to = i * room;
    scores(sizes.headDim(), scale, q, row(query), k, firsts[i], ends[i], scores, to);
    if (seen > 0) {
      Arrays.fill(scores, to, to + hidden[i], NOTHING);
      Arrays.fill(scores, to + hidden[i] + seen, to + ends[i], NOTHING);
    }
  }

  /** {@return where in q and in the output a query begins} */
  private int row(int query) {
    int time = sizes.time();
    int head = query / time;
    return sizes.query(head / sizes.heads(), query % time, head % sizes.heads());
  }

  /** scores[s] = scale sum_d q[d] k[d, s], two vectors at a time. */
  private static void scores(
      int headDim,
      float scale,
      float[] q,
      int row,
      float[] k,
      int first,
      int end,
      float[] scores,
      int to) {
    int block = headDim * LANES;
    for (int s = 0, i = first; s < end; s += 2 * LANES, i += 2 * block) {
      FloatVector s0 = FloatVector.zero(F);
      FloatVector s1 = FloatVector.zero(F);
      for (int d = 0; d < headDim; d++) {
        FloatVector element = FloatVector.broadcast(F, q[row + d]);
        s0 = element.fma(FloatVector.fromArray(F, k, i + d * LANES), s0);
        s1 = element.fma(FloatVector.fromArray(F, k, i + block + d * LANES), s1);
      }
      s0.mul(scale).intoArray(scores, to + s);
      s1.mul(scale).intoArray(scores, to + s + LANES);
    }
  }

  /** {@return the largest score, or 0 if all are -inf} */
  private static float shift(float[] scores, int first, int n) {
    FloatVector largest = FloatVector.broadcast(F, NOTHING);
    for (int s = 0; s < n; s += LANES) {
      FloatVector score = FloatVector.fromArray(F, scores, first + s);
      largest = largest.blend(score, score.compare(VectorOperators.GT, largest));
    }
    float max = largest.reduceLanes(VectorOperators.MAX);
    return max == NOTHING ? 0 : max;
  }

  /** Replaces scores by exp(score - shift); {@return their sum} */
  private static float weights(float[] scores, int first, int n, float shift) {
    FloatVector sum = FloatVector.zero(F);
    for (int s = 0; s < n; s += LANES) {
      FloatVector weight =
          VectorMath.expOfNegative(FloatVector.fromArray(F, scores, first + s).sub(shift));
      weight.intoArray(scores, first + s);
      sum = sum.add(weight);
    }
    return Lanes.sum(sum);
  }

  /** The output of a query, the i-th in work. */
  private void mix(int query, int i) {
    int headDim = sizes.headDim();
    int row = row(query);
    if (sums[i] == 0) {
      Arrays.fill(out, row, row + headDim, 0);
      return;
    }
    float factor = 1 / sums[i];
    int d = 0;
    for (; d <= headDim - ELEMENTS; d += ELEMENTS) {
      int first = firsts[i] + d * LANES;
      mixEight(headDim, scores, i * room, hidden[i], ends[i], v, first, mixed);
      Dots.sums(mixed, 0, factor, out, row + d);
      Dots.sums(mixed, 4 * LANES, factor, out, row + d + 4);
    }
    for (; d < headDim; d++) {
      int first = firsts[i] + d * LANES;
      out[row + d] = factor * mixOne(headDim, scores, i * room, hidden[i], ends[i], v, first);
    }
  }

  /** sums[d] = sum_s weights[s] v[d, s] for eight elements, still a vector each. */
  private static void mixEight(
      int headDim,
      float[] weights,
      int iw,
      int hidden,
      int end,
      float[] v,
      int first,
      float[] sums) {
    VectorMask<Float> visible = F.indexInRange(0, hidden).not();
    FloatVector weight = FloatVector.fromArray(F, weights, iw);
    FloatVector s0 = weight.mul(FloatVector.fromArray(F, v, first, visible));
    FloatVector s1 = weight.mul(FloatVector.fromArray(F, v, first + LANES, visible));
    FloatVector s2 = weight.mul(FloatVector.fromArray(F, v, first + 2 * LANES, visible));
    FloatVector s3 = weight.mul(FloatVector.fromArray(F, v, first + 3 * LANES, visible));
    FloatVector s4 = weight.mul(FloatVector.fromArray(F, v, first + 4 * LANES, visible));
    FloatVector s5 = weight.mul(FloatVector.fromArray(F, v, first + 5 * LANES, visible));
    FloatVector s6 = weight.mul(FloatVector.fromArray(F, v, first + 6 * LANES, visible));
    FloatVector s7 = weight.mul(FloatVector.fromArray(F, v, first + 7 * LANES, visible));
    int i = first + headDim * LANES;
    for (int s = LANES; s < end; s += LANES, i += headDim * LANES) {
      weight = FloatVector.fromArray(F, weights, iw + s);
      s0 = weight.fma(FloatVector.fromArray(F, v, i), s0);
      s1 = weight.fma(FloatVector.fromArray(F, v, i + LANES), s1);
      s2 = weight.fma(FloatVector.fromArray(F, v, i + 2 * LANES), s2);
      s3 = weight.fma(FloatVector.fromArray(F, v, i + 3 * LANES), s3);
      s4 = weight.fma(FloatVector.fromArray(F, v, i + 4 * LANES), s4);
      s5 = weight.fma(FloatVector.fromArray(F, v, i + 5 * LANES), s5);
      s6 = weight.fma(FloatVector.fromArray(F, v, i + 6 * LANES), s6);
      s7 = weight.fma(FloatVector.fromArray(F, v, i + 7 * LANES), s7);
    }
    s0.intoArray(sums, 0);
    s1.intoArray(sums, LANES);
    s2.intoArray(sums, 2 * LANES);
    s3.intoArray(sums, 3 * LANES);
    s4.intoArray(sums, 4 * LANES);
    s5.intoArray(sums, 5 * LANES);
    s6.intoArray(sums, 6 * LANES);
    s7.intoArray(sums, 7 * LANES);
  }

  /** The same for one, summed. */
  private static float mixOne(
      int headDim, float[] weights, int iw, int hidden, int end, float[] v, int first) {
    FloatVector sum =
        FloatVector.fromArray(F, weights, iw)
            .mul(FloatVector.fromArray(F, v, first, F.indexInRange(0, hidden).not()));
    int i = first + headDim * LANES;
    for (int s = LANES; s < end; s += LANES, i += headDim * LANES) {
      sum = FloatVector.fromArray(F, weights, iw + s).fma(FloatVector.fromArray(F, v, i), sum);
    }
    return Lanes.sum(sum);
  }
}
